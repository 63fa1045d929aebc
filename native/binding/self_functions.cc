#include "binding/arguments.h"
#include "binding/errors.h"
#include "binding/functions.h"
#include "core/affinity.h"

#include <array>
#include <uv.h>

namespace reuseport {
namespace {

/** A title longer than the words of the command line is cut to them. */
constexpr size_t kLongestTitle = 4096;

/** By libuv, as Node's own `process.title` does: both write over the same memory. */
Napi::Value set_title(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  std::string title = decode_string(info[0], "title");
  if (int code = uv_set_process_title(title.c_str()); code != 0) {
    throw system_error(env, Failure{-code, "uv_set_process_title", title});
  }
  std::array<char, kLongestTitle> shown{};
  if (int code = uv_get_process_title(shown.data(), shown.size()); code != 0) {
    throw system_error(env, Failure{-code, "uv_get_process_title", title});
  }
  return Napi::String::New(env, shown.data());
}

void pin(const Napi::CallbackInfo& info) {
  int processor = decode_integer(info[0], "processor", 0, kMostProcessors - 1);
  bool alone = !info[1].IsUndefined() && decode_boolean(info[1], "threadAlone");
  value_or_throw(info.Env(), alone ? run_thread_on(processor) : run_on(processor));
}

} // namespace

void export_self_functions(Napi::Object exports) {
  Napi::Env env = exports.Env();
  exports.Set("setTitle", Napi::Function::New<set_title>(env, "setTitle"));
  exports.Set("runOn", Napi::Function::New<pin>(env, "runOn"));
}

} // namespace reuseport
