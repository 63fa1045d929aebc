#include "binding/arguments.h"
#include "binding/errors.h"
#include "binding/functions.h"
#include "core/accept_all.h"

namespace reuseport {
namespace {

Napi::Value accept_waiting(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  int fd = decode_fd(info[0]);
  auto max = static_cast<size_t>(decode_integer(info[1], "max", 1, kMaxInt));
  std::vector<UniqueFd> accepted = value_or_throw(env, accept_all(fd, max));
  auto result = Napi::Array::New(env, accepted.size());
  for (uint32_t i = 0; i < accepted.size(); i++) {
    result.Set(i, Napi::Number::New(env, accepted[i].get()));
  }
  for (UniqueFd& connection : accepted) {
    (void)connection.release();
  }
  return result;
}

void migrate(const Napi::CallbackInfo& info) {
  int fd = decode_fd(info[0]);
  value_or_throw(info.Env(), migrate_queue(fd, decode_integer(info[1], "backlogConnections", 1, kMaxInt)));
}

} // namespace

void export_accept_functions(Napi::Object exports) {
  Napi::Env env = exports.Env();
  exports.Set("acceptAll", Napi::Function::New<accept_waiting>(env, "acceptAll"));
  exports.Set("migrateQueue", Napi::Function::New<migrate>(env, "migrateQueue"));
}

} // namespace reuseport
