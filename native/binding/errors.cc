#include "binding/errors.h"

#include <cstring>
#include <dlfcn.h>
#include <string>
#include <string_view>
#include <uv.h>

namespace reuseport {
namespace {

struct ErrnoText {
  std::string name;
  std::string description;
};

ErrnoText describe_errno(int code) {
  char name[64];
  char description[128];
  uv_err_name_r(-code, name, sizeof name);
  uv_strerror_r(-code, description, sizeof description);
  if (!std::string_view(name).starts_with("Unknown")) {
    return {name, description};
  }
  // libuv does not know every errno that Linux has. Looked up, because glibc before 2.32 and musl have none.
  static const auto name_of = reinterpret_cast<const char* (*)(int)>(::dlsym(RTLD_DEFAULT, "strerrorname_np"));
  if (const char* symbol = name_of == nullptr ? nullptr : name_of(code)) {
    return {symbol, std::strerror(code)};
  }
  return {"ERRNO_" + std::to_string(code), description};
}

} // namespace

Napi::Error system_error(Napi::Env env, const Failure& failure) {
  ErrnoText text = describe_errno(failure.code);
  std::string message = failure.call;
  message += " " + failure.subject + ": " + text.name + " (" + text.description + ")";
  Napi::Error error = Napi::Error::New(env, message);
  error.Set("code", Napi::String::New(env, text.name));
  error.Set("errno", Napi::Number::New(env, failure.code));
  error.Set("syscall", Napi::String::New(env, failure.call));
  error.Set("subject", Napi::String::New(env, failure.subject));
  return error;
}

} // namespace reuseport
