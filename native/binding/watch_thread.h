#pragma once

#include "core/watch.h"

#include <memory>
#include <napi.h>

namespace reuseport {

/** NativeWatch of the TypeScript contract. Keeps itself from GC while it runs, but not the loop alive. */
class WatchObject : public Napi::ObjectWrap<WatchObject> {
public:
  static Napi::Function define(Napi::Env env);
  explicit WatchObject(const Napi::CallbackInfo& info);
  ~WatchObject() override;

private:
  void set_rows(const Napi::CallbackInfo& info);
  void set_rescue_after(const Napi::CallbackInfo& info);
  void set_tells_set(const Napi::CallbackInfo& info);
  Napi::Value cost(const Napi::CallbackInfo& info);
  void stop(const Napi::CallbackInfo& info);

  /** On the thread of JavaScript, some time after the watch has news. */
  void deliver(napi_env env);
  static void deliver_slots(napi_env env, const Napi::FunctionReference& handler, const std::vector<size_t>& slots);
  void deliver_report(napi_env env, const StuckReport& report);
  /** Ends the thread. */
  void shut();

  static void on_news(napi_env env, napi_value, void* context, void*);
  static void on_environment_end(void* self);

  Napi::FunctionReference on_stuck_;
  Napi::FunctionReference on_stuck_set_;
  Napi::FunctionReference on_stale_;
  napi_threadsafe_function bridge_ = nullptr;
  std::unique_ptr<Watch> watch_;
  WatchCost last_cost_{};
};

} // namespace reuseport
