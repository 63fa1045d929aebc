#pragma once

#include "binding/probe_prepare.h"
#include "core/loop_probe.h"

#include <memory>
#include <napi.h>

namespace reuseport {

/** NativeLoopProbe of the TypeScript contract. Keeps itself from GC while it runs. */
class LoopProbeObject : public Napi::ObjectWrap<LoopProbeObject>, private PrepareHandle::Owner {
public:
  static Napi::Function define(Napi::Env env);
  explicit LoopProbeObject(const Napi::CallbackInfo& info);
  ~LoopProbeObject() override;

private:
  Napi::Value mode(const Napi::CallbackInfo& info);
  Napi::Value why(const Napi::CallbackInfo& info);
  void set_listeners(const Napi::CallbackInfo& info);
  void stop(const Napi::CallbackInfo& info);

  void on_prepare() override;
  void on_environment_end() override;
  void shut();

  std::string why_;
  PrepareHandle* prepare_ = nullptr;
  std::unique_ptr<LoopProbe> probe_;
};

} // namespace reuseport
