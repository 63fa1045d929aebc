#include "binding/arguments.h"
#include "binding/errors.h"
#include "binding/functions.h"
#include "binding/readable_watch.h"
#include "core/child_processes.h"
#include "core/local_socket.h"
#include "core/message.h"
#include "core/process_handle.h"
#include "core/process_image.h"
#include "core/unix_address.h"

namespace reuseport {
namespace {

Napi::Value give(Napi::Env env, UniqueFd fd) {
  Napi::Value result = Napi::Number::New(env, fd.get());
  (void)fd.release();
  return result;
}

SocketAddress decode_path(const Napi::CallbackInfo& info) {
  auto address = parse_unix_path(decode_string(info[0], "path"));
  if (!address) {
    throw_range_error(info[0], "path", "1 to 107 bytes, or an abstract name");
  }
  return *address;
}

Napi::Value listen_packets(const Napi::CallbackInfo& info) {
  return give(info.Env(), value_or_throw(info.Env(), listen_for_packets(decode_path(info))));
}

Napi::Value connect_packets(const Napi::CallbackInfo& info) {
  return give(info.Env(), value_or_throw(info.Env(), connect_for_packets(decode_path(info))));
}

Napi::Value has_reuse_port(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), value_or_throw(info.Env(), reuses_port(decode_fd(info[0]))));
}

void send_datagram_to(const Napi::CallbackInfo& info) {
  SocketAddress address = decode_path(info);
  ByteArgument data(info[1], "data");
  std::vector<int> fds = decode_fds(info[2], "fds", kMaxMessageFds);
  value_or_throw(info.Env(), send_datagram(address, data.bytes(), fds));
}

Napi::Value pidfd_open(const Napi::CallbackInfo& info) {
  int pid = decode_integer(info[0], "pid", 1, kMaxInt);
  return give(info.Env(), value_or_throw(info.Env(), open_process(pid)));
}

void pidfd_signal(const Napi::CallbackInfo& info) {
  int fd = decode_fd(info[0]);
  int signal = decode_integer(info[1], "signal", 0, 64);
  value_or_throw(info.Env(), signal_process(fd, signal));
}

void start_adopting_orphans(const Napi::CallbackInfo& info) {
  value_or_throw(info.Env(), adopt_orphans());
}

Napi::Value reap(const Napi::CallbackInfo& info) {
  int pid = decode_integer(info[0], "pid", 1, kMaxInt);
  return Napi::Boolean::New(info.Env(), value_or_throw(info.Env(), reap_child(pid)));
}

std::vector<int> decode_signals(Napi::Value value) {
  if (!value.IsArray()) {
    throw_type_error(value, "signals", "an array");
  }
  auto array = value.As<Napi::Array>();
  std::vector<int> signals;
  for (uint32_t i = 0; i < array.Length(); i++) {
    signals.push_back(decode_integer(array.Get(i), "signals[" + std::to_string(i) + "]", 1, 64));
  }
  return signals;
}

void hold(const Napi::CallbackInfo& info) {
  value_or_throw(info.Env(), hold_signals(decode_signals(info[0])));
}

void become(const Napi::CallbackInfo& info) {
  std::string path = decode_string(info[0], "path");
  std::vector<std::string> words = {decode_string(info[1], "name"), decode_string(info[2], "argument")};
  throw system_error(info.Env(), execute(path, words));
}

void queue(const Napi::CallbackInfo& info) {
  int pid = decode_integer(info[0], "pid", 1, kMaxInt);
  int signal = decode_integer(info[1], "signal", 1, 64);
  int value = decode_integer(info[2], "value", 0, kMaxInt);
  value_or_throw(info.Env(), queue_signal(pid, signal, value));
}

} // namespace

void export_process_functions(Napi::Object exports) {
  Napi::Env env = exports.Env();
  exports.Set("listenPackets", Napi::Function::New<listen_packets>(env, "listenPackets"));
  exports.Set("connectPackets", Napi::Function::New<connect_packets>(env, "connectPackets"));
  exports.Set("reusesPort", Napi::Function::New<has_reuse_port>(env, "reusesPort"));
  exports.Set("sendDatagram", Napi::Function::New<send_datagram_to>(env, "sendDatagram"));
  exports.Set("pidfdOpen", Napi::Function::New<pidfd_open>(env, "pidfdOpen"));
  exports.Set("pidfdSignal", Napi::Function::New<pidfd_signal>(env, "pidfdSignal"));
  exports.Set("adoptOrphans", Napi::Function::New<start_adopting_orphans>(env, "adoptOrphans"));
  exports.Set("reapChild", Napi::Function::New<reap>(env, "reapChild"));
  exports.Set("holdSignals", Napi::Function::New<hold>(env, "holdSignals"));
  exports.Set("become", Napi::Function::New<become>(env, "become"));
  exports.Set("queueSignal", Napi::Function::New<queue>(env, "queueSignal"));
  exports.Set("ReadableWatch", ReadableWatch::define(env));
}

} // namespace reuseport
