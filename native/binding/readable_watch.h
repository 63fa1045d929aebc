#pragma once

#include "binding/poller.h"
#include "core/unique_fd.h"

#include <napi.h>

namespace reuseport {

/** NativeReadableWatch of the TypeScript contract. Open as long as it has a poller; then it also keeps itself from GC.
 */
class ReadableWatch : public Napi::ObjectWrap<ReadableWatch>, private Poller::Owner {
public:
  static Napi::Function define(Napi::Env env);
  explicit ReadableWatch(const Napi::CallbackInfo& info);
  ~ReadableWatch() override;

private:
  void unref(const Napi::CallbackInfo& info);
  void close(const Napi::CallbackInfo& info);

  void on_ready() override;
  void on_environment_end() override;
  void shut();

  UniqueFd fd_;
  Poller* poller_ = nullptr;
  Napi::FunctionReference on_readable_;
};

} // namespace reuseport
