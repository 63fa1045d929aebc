#include "binding/channel.h"

#include "binding/arguments.h"
#include "binding/errors.h"
#include "core/local_socket.h"
#include "core/sync_receive.h"

#include <cerrno>

namespace reuseport {
namespace {

Napi::Value to_javascript(Napi::Env env, Message message) {
  auto result = Napi::Object::New(env);
  auto bytes = reinterpret_cast<const uint8_t*>(message.data.data());
  result.Set("data", Napi::Buffer<uint8_t>::Copy(env, bytes, message.data.size()));
  auto fds = Napi::Array::New(env, message.fds.size());
  for (uint32_t i = 0; i < message.fds.size(); i++) {
    fds.Set(i, Napi::Number::New(env, message.fds[i].get()));
  }
  result.Set("fds", fds);
  for (UniqueFd& fd : message.fds) {
    (void)fd.release();
  }
  return result;
}

} // namespace

Napi::Function Channel::define(Napi::Env env) {
  return DefineClass(env, "Channel",
                     {
                         InstanceMethod<&Channel::send>("send"),
                         InstanceMethod<&Channel::receive_sync>("receiveSync"),
                         InstanceMethod<&Channel::ref>("ref"),
                         InstanceMethod<&Channel::unref>("unref"),
                         InstanceMethod<&Channel::close>("close"),
                     });
}

Channel::Channel(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Channel>(info) {
  Napi::Env env = info.Env();
  int fd = decode_fd(info[0]);
  Napi::Object handlers = decode_object(info[1], "handlers");
  Napi::Function on_message = decode_function(handlers.Get("onMessage"), "handlers.onMessage");
  Napi::Function on_close = decode_function(handlers.Get("onClose"), "handlers.onClose");
  if (!value_or_throw(env, is_local_seqpacket(fd))) {
    throw Napi::TypeError::New(env, "fd: expected a unix SOCK_SEQPACKET socket, got another kind of descriptor");
  }
  value_or_throw(env, prepare_message_socket(fd));
  handlers_ = Napi::Persistent(handlers);
  on_message_ = Napi::Persistent(on_message);
  on_close_ = Napi::Persistent(on_close);
  buffer_ = std::make_unique_for_overwrite<std::byte[]>(kMaxMessageBytes);
  poller_ = value_or_throw(env, Poller::open(env, fd, this));
  if (auto watching = watch(); !watching) {
    std::exchange(poller_, nullptr)->close();
    throw system_error(env, watching.failure());
  }
  // From here on nothing fails: a constructor that throws leaves the descriptor to its caller.
  fd_ = UniqueFd(fd);
  Ref();
}

Channel::~Channel() {
  shut();
}

void Channel::send(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  ByteArgument data(info[0], "data");
  std::vector<int> fds = decode_fds(info[1], "fds", kMaxMessageFds);
  if (!is_open()) {
    throw system_error(env, {EPIPE, "sendmsg", "closed channel"});
  }
  value_or_throw(env, queue_.send(fd_.get(), data.bytes(), fds));
  value_or_throw(env, watch());
}

Napi::Value Channel::receive_sync(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  std::chrono::milliseconds timeout(decode_integer(info[0], "timeoutMs", 0, kMaxInt));
  if (!is_open()) {
    return Napi::String::New(env, "closed");
  }
  auto result = wait_for_message(fd_.get(), queue_, {buffer_.get(), kMaxMessageBytes}, timeout);
  value_or_throw(env, watch());
  Reading reading = value_or_throw(env, std::move(result));
  if (std::holds_alternative<NothingYet>(reading)) {
    return env.Null();
  }
  if (std::holds_alternative<PeerClosed>(reading)) {
    return Napi::String::New(env, "closed");
  }
  return to_javascript(env, std::move(*std::get_if<Message>(&reading)));
}

void Channel::ref(const Napi::CallbackInfo&) {
  if (is_open()) {
    poller_->ref();
  }
}

void Channel::unref(const Napi::CallbackInfo&) {
  if (is_open()) {
    poller_->unref();
  }
}

void Channel::close(const Napi::CallbackInfo&) {
  if (is_open()) {
    // The only attempt: nobody would be told of what the peer does not take now.
    (void)queue_.flush(fd_.get());
    shut();
  }
}

} // namespace reuseport
