#include "binding/errors.h"
#include "binding/functions.h"
#include "binding/probe_loop.h"
#include "binding/watch_thread.h"
#include "core/watch_wake.h"

namespace reuseport {
namespace {

Napi::Value create_wake(const Napi::CallbackInfo& info) {
  UniqueFd fd = value_or_throw(info.Env(), create_wake_fd());
  Napi::Value result = Napi::Number::New(info.Env(), fd.get());
  (void)fd.release();
  return result;
}

} // namespace

void export_watch_functions(Napi::Object exports) {
  Napi::Env env = exports.Env();
  exports.Set("createWakeFd", Napi::Function::New<create_wake>(env, "createWakeFd"));
  exports.Set("LoopProbe", LoopProbeObject::define(env));
  exports.Set("Watch", WatchObject::define(env));
}

} // namespace reuseport
