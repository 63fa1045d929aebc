#include "binding/arguments.h"
#include "binding/errors.h"
#include "binding/functions.h"
#include "binding/memory_page.h"
#include "core/monotonic.h"
#include "core/shared_memory.h"

namespace reuseport {
namespace {

// memfd_create(2): 249 bytes, without its prefix "memfd:" and the terminator.
constexpr size_t kMaxMemfdName = 249;

Napi::Value create_memory(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  std::string name = decode_string(info[0], "name");
  if (name.size() > kMaxMemfdName || name.find('\0') != std::string::npos) {
    throw_range_error(info[0], "name", "at most 249 bytes without NUL");
  }
  auto bytes = static_cast<size_t>(decode_integer(info[1], "bytes", 1, kMaxInt));
  UniqueFd fd = value_or_throw(env, create_memfd(name, bytes));
  Napi::Value result = Napi::Number::New(env, fd.get());
  (void)fd.release();
  return result;
}

Napi::Value map_shared(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  int fd = decode_fd(info[0]);
  auto bytes = static_cast<size_t>(decode_integer(info[1], "bytes", 1, kMaxInt));
  return to_array_buffer(env, value_or_throw(env, SharedMapping::open(fd, bytes)));
}

Napi::Value read_clock(const Napi::CallbackInfo& info) {
  return Napi::BigInt::New(info.Env(), monotonic_ns());
}

} // namespace

void export_memory_functions(Napi::Object exports) {
  Napi::Env env = exports.Env();
  exports.Set("createMemfd", Napi::Function::New<create_memory>(env, "createMemfd"));
  exports.Set("mapShared", Napi::Function::New<map_shared>(env, "mapShared"));
  exports.Set("monotonicNs", Napi::Function::New<read_clock>(env, "monotonicNs"));
}

} // namespace reuseport
