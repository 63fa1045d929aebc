#include "binding/arguments.h"
#include "binding/errors.h"
#include "binding/functions.h"
#include "core/descriptor.h"
#include "core/local_socket.h"

namespace reuseport {
namespace {

Napi::Value dup_fd(const Napi::CallbackInfo& info) {
  UniqueFd copy = value_or_throw(info.Env(), duplicate(decode_fd(info[0])));
  Napi::Value result = Napi::Number::New(info.Env(), copy.get());
  (void)copy.release();
  return result;
}

void close_fd(const Napi::CallbackInfo& info) {
  value_or_throw(info.Env(), close_descriptor(decode_fd(info[0])));
}

void set_cloexec(const Napi::CallbackInfo& info) {
  int fd = decode_fd(info[0]);
  bool on = decode_boolean(info[1], "on");
  value_or_throw(info.Env(), set_close_on_exec(fd, on));
}

void replace_fd(const Napi::CallbackInfo& info) {
  int source = decode_fd(info[0], "source");
  value_or_throw(info.Env(), replace_descriptor(source, decode_fd(info[1])));
}

Napi::Value make_pair(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  auto [first, second] = value_or_throw(env, make_socket_pair());
  auto result = Napi::Array::New(env, 2);
  result.Set(0U, Napi::Number::New(env, first.get()));
  result.Set(1U, Napi::Number::New(env, second.get()));
  (void)first.release();
  (void)second.release();
  return result;
}

Napi::Value peer_credentials(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  ucred peer = value_or_throw(env, read_peer_credentials(decode_fd(info[0])));
  auto result = Napi::Object::New(env);
  result.Set("pid", Napi::Number::New(env, peer.pid));
  result.Set("uid", Napi::Number::New(env, peer.uid));
  result.Set("gid", Napi::Number::New(env, peer.gid));
  return result;
}

} // namespace

void export_descriptor_functions(Napi::Object exports) {
  Napi::Env env = exports.Env();
  exports.Set("dup", Napi::Function::New<dup_fd>(env, "dup"));
  exports.Set("close", Napi::Function::New<close_fd>(env, "close"));
  exports.Set("setCloseOnExec", Napi::Function::New<set_cloexec>(env, "setCloseOnExec"));
  exports.Set("replaceDescriptor", Napi::Function::New<replace_fd>(env, "replaceDescriptor"));
  exports.Set("socketpair", Napi::Function::New<make_pair>(env, "socketpair"));
  exports.Set("peerCredentials", Napi::Function::New<peer_credentials>(env, "peerCredentials"));
}

} // namespace reuseport
