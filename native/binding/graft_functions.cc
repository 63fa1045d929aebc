#include "binding/accept_meter.h"
#include "binding/arguments.h"
#include "binding/errors.h"
#include "binding/functions.h"
#include "binding/memory_page.h"
#include "core/graft.h"
#include "core/state_layout.h"

namespace reuseport {
namespace {

constexpr int kMaxPort = 65535;

Napi::Value resolve(const Napi::CallbackInfo& info) {
  auto found = resolve_host(decode_string(info[0], "host"));
  return found ? Napi::Value(Napi::String::New(info.Env(), *found)) : info.Env().Null();
}

Napi::Value find_listener(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  auto port = static_cast<uint16_t>(decode_integer(info[0], "port", 1, kMaxPort));
  auto found = value_or_throw(env, find_loopback_listener(port));
  return found ? Napi::Value(Napi::Number::New(env, *found)) : env.Null();
}

Napi::Value hook(const Napi::CallbackInfo& info) {
  std::string why = hook_accepts(decode_string(info[0], "path"));
  return why.empty() ? info.Env().Null() : Napi::Value(Napi::String::New(info.Env(), why));
}

void publish(const Napi::CallbackInfo& info) {
  if (info[0].IsNull()) {
    return publish_accepts(nullptr, 0);
  }
  auto page = decode_shared_page(info[0], "page", kPageBytes);
  publish_accepts(std::move(page), static_cast<size_t>(decode_integer(info[1], "slot", 0, kMaxRows - 1)));
}

} // namespace

void export_graft_functions(Napi::Object exports) {
  Napi::Env env = exports.Env();
  exports.Set("resolveHost", Napi::Function::New<resolve>(env, "resolveHost"));
  exports.Set("findLoopbackListener", Napi::Function::New<find_listener>(env, "findLoopbackListener"));
  exports.Set("hookAccepts", Napi::Function::New<hook>(env, "hookAccepts"));
  exports.Set("publishAccepts", Napi::Function::New<publish>(env, "publishAccepts"));
  exports.Set("AcceptMeter", AcceptMeterObject::define(env));
}

} // namespace reuseport
