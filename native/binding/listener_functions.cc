#include "binding/arguments.h"
#include "binding/errors.h"
#include "binding/functions.h"
#include "core/accept_queue.h"
#include "core/listener_info.h"
#include "core/sock_diag.h"
#include "core/tcp_listener.h"
#include "core/unix_address.h"
#include "core/unix_listener.h"

#include <cstdint>

namespace reuseport {
namespace {

constexpr int kMaxPort = 65535;

Napi::String family_name(Napi::Env env, int family) {
  return Napi::String::New(env, family == AF_UNIX ? "unix" : family == AF_INET6 ? "IPv6" : "IPv4");
}

Napi::Value bind_tcp(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  OptionsArgument given(info[0], "options",
                        {"address", "port", "reusePort", "reuseAddress", "ipv6Only", "deferAcceptSeconds",
                         "fastOpenQueue", "incomingCpu"});
  std::string text = decode_string(given.get("address"), given.path("address"));
  auto port = static_cast<uint16_t>(decode_integer(given.get("port"), given.path("port"), 0, kMaxPort));
  TcpListenerOptions options;
  options.reuse_port = given.boolean("reusePort", true);
  options.reuse_address = given.boolean("reuseAddress", true);
  options.ipv6_only = given.boolean("ipv6Only", false);
  options.defer_accept_seconds = given.integer("deferAcceptSeconds", 0, 3600);
  options.fast_open_queue = given.integer("fastOpenQueue", 0, 65535);
  options.incoming_cpu = given.integer("incomingCpu", 0, 4095);
  auto address = value_or_throw(env, parse_address(text, port));
  if (!address) {
    throw_range_error(given.get("address"), given.path("address"), "a literal IPv4 or IPv6 address");
  }
  options.address = *address;
  options.subject = format_endpoint(text, port);
  UniqueFd fd = value_or_throw(env, bind_tcp_listener(options));
  Napi::Value result = Napi::Number::New(env, fd.get());
  (void)fd.release();
  return result;
}

Napi::Value bind_unix(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  auto address = parse_unix_path(decode_string(info[0], "path"));
  if (!address) {
    throw_range_error(info[0], "path", "1 to 107 bytes without NUL, or NUL and a name for the abstract namespace");
  }
  UniqueFd fd = value_or_throw(env, bind_unix_listener(*address));
  Napi::Value result = Napi::Number::New(env, fd.get());
  (void)fd.release();
  return result;
}

void listen_on(const Napi::CallbackInfo& info) {
  int fd = decode_fd(info[0]);
  int backlog_connections = decode_integer(info[1], "backlogConnections", 1, kMaxInt);
  value_or_throw(info.Env(), start_listening(fd, backlog_connections));
}

void stop_listening_on(const Napi::CallbackInfo& info) {
  value_or_throw(info.Env(), stop_listening(decode_fd(info[0])));
}

void set_ignore_syns(const Napi::CallbackInfo& info) {
  int fd = decode_fd(info[0]);
  value_or_throw(info.Env(), ignore_syns(fd, decode_boolean(info[1], "on")));
}

void set_refuse_syns(const Napi::CallbackInfo& info) {
  value_or_throw(info.Env(), refuse_syns(decode_fd(info[0])));
}

void set_accept_syns(const Napi::CallbackInfo& info) {
  value_or_throw(info.Env(), accept_syns(decode_fd(info[0])));
}

Napi::Value handshakes(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  auto found =
      value_or_throw(env, dump_handshakes(static_cast<uint16_t>(decode_integer(info[0], "port", 1, kMaxPort))));
  auto result = Napi::Array::New(env, found.size());
  uint32_t index = 0;
  for (const Handshake& handshake : found) {
    Napi::HandleScope scope(env);
    auto entry = Napi::Object::New(env);
    entry.Set("cookie", Napi::BigInt::New(env, handshake.cookie));
    entry.Set("retransmissions", Napi::Number::New(env, handshake.retransmissions));
    result.Set(index++, entry);
  }
  return result;
}

Napi::Value listener_info(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  ListenerInfo read = value_or_throw(env, read_listener_info(decode_fd(info[0])));
  auto result = Napi::Object::New(env);
  result.Set("family", family_name(env, read.family));
  result.Set("address", Napi::String::New(env, read.address));
  result.Set("port", Napi::Number::New(env, read.port));
  result.Set("inode", Napi::Number::New(env, static_cast<double>(read.inode)));
  result.Set("listening", Napi::Boolean::New(env, read.listening));
  result.Set("queuedConnections", Napi::Number::New(env, read.queued_connections));
  result.Set("backlogConnections", Napi::Number::New(env, read.backlog_connections));
  result.Set("drops", Napi::Number::New(env, read.drops));
  return result;
}

Napi::Value queued_on(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), queued_connections(decode_fd(info[0])));
}

Napi::Value listening_sockets(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  int port = info[0].IsUndefined() ? 0 : decode_integer(info[0], "port", 1, kMaxPort);
  auto sockets = value_or_throw(env, dump_listening_sockets(static_cast<uint16_t>(port)));
  auto result = Napi::Array::New(env, sockets.size());
  uint32_t index = 0;
  for (const ListeningSocket& socket : sockets) {
    Napi::HandleScope scope(env);
    auto entry = Napi::Object::New(env);
    entry.Set("family", family_name(env, socket.family));
    entry.Set("address", Napi::String::New(env, socket.address));
    entry.Set("port", Napi::Number::New(env, socket.port));
    entry.Set("inode", Napi::Number::New(env, socket.inode));
    entry.Set("uid", Napi::Number::New(env, socket.uid));
    entry.Set("queuedConnections", Napi::Number::New(env, socket.queued_connections));
    entry.Set("backlogConnections", Napi::Number::New(env, socket.backlog_connections));
    entry.Set("ipv6Only", Napi::Boolean::New(env, socket.ipv6_only));
    entry.Set("interfaceIndex", Napi::Number::New(env, socket.interface_index));
    result.Set(index++, entry);
  }
  return result;
}

} // namespace

void export_listener_functions(Napi::Object exports) {
  Napi::Env env = exports.Env();
  exports.Set("bindTcpListener", Napi::Function::New<bind_tcp>(env, "bindTcpListener"));
  exports.Set("bindUnixListener", Napi::Function::New<bind_unix>(env, "bindUnixListener"));
  exports.Set("listen", Napi::Function::New<listen_on>(env, "listen"));
  exports.Set("stopListening", Napi::Function::New<stop_listening_on>(env, "stopListening"));
  exports.Set("listenerInfo", Napi::Function::New<listener_info>(env, "listenerInfo"));
  exports.Set("queuedConnections", Napi::Function::New<queued_on>(env, "queuedConnections"));
  exports.Set("ignoreSyns", Napi::Function::New<set_ignore_syns>(env, "ignoreSyns"));
  exports.Set("refuseSyns", Napi::Function::New<set_refuse_syns>(env, "refuseSyns"));
  exports.Set("acceptSyns", Napi::Function::New<set_accept_syns>(env, "acceptSyns"));
  exports.Set("handshakes", Napi::Function::New<handshakes>(env, "handshakes"));
  exports.Set("listeningSockets", Napi::Function::New<listening_sockets>(env, "listeningSockets"));
}

} // namespace reuseport
