#include "binding/channel.h"

#include "binding/errors.h"

#include <cerrno>

namespace reuseport {
namespace {

// A peer that writes without pause must not keep the loop from its other handles.
constexpr int kMessagesPerTurn = 64;

} // namespace

Result<Done> Channel::watch() {
  return poller_->watch(!queue_.empty());
}

void Channel::shut() {
  if (!is_open()) {
    return;
  }
  std::exchange(poller_, nullptr)->close();
  queue_.clear();
  fd_.reset();
  buffer_.reset();
  // The handlers mostly know this channel: kept, they would keep it from GC for ever.
  handlers_.Reset();
  on_message_.Reset();
  on_close_.Reset();
  Unref();
}

void Channel::on_environment_end() {
  (void)queue_.flush(fd_.get());
  shut();
}

void Channel::on_ready() {
  Napi::HandleScope scope(Env());
  // Keeps this object alive when a handler closes the channel and drops it.
  Napi::Value self = Value();
  (void)self;
  auto sent = queue_.flush(fd_.get());
  // EPIPE: the peer is gone, yet what it wrote before is still to be read.
  if (!sent && sent.failure().code != EPIPE) {
    finish(sent.failure());
    return;
  }
  if (auto failure = read_all()) {
    finish(*failure);
  }
  if (is_open()) {
    if (auto watching = watch(); !watching) {
      finish(watching.failure());
    }
  }
}

std::optional<Failure> Channel::read_all() {
  for (int i = 0; i < kMessagesPerTurn && is_open(); i++) {
    auto reading = receive_message(fd_.get(), {buffer_.get(), kMaxMessageBytes});
    if (!reading) {
      return reading.failure();
    }
    if (std::holds_alternative<NothingYet>(reading.value())) {
      break;
    }
    if (std::holds_alternative<PeerClosed>(reading.value())) {
      finish(std::nullopt);
      break;
    }
    if (!deliver(std::move(*std::get_if<Message>(&reading.value())))) {
      break;
    }
  }
  return std::nullopt;
}

// The plain C calls below report a dying environment as a status, where their C++ wrappers would throw or abort.

bool Channel::deliver(Message message) {
  napi_env env = Env();
  Napi::HandleScope scope(env);
  napi_value data = nullptr;
  napi_value fds = nullptr;
  bool made = napi_create_buffer_copy(env, message.data.size(), message.data.data(), nullptr, &data) == napi_ok &&
              napi_create_array_with_length(env, message.fds.size(), &fds) == napi_ok;
  for (uint32_t i = 0; made && i < message.fds.size(); i++) {
    napi_value fd = nullptr;
    made = napi_create_int32(env, message.fds[i].get(), &fd) == napi_ok && napi_set_element(env, fds, i, fd) == napi_ok;
  }
  if (!made) {
    return false;
  }
  // They belong to the handler from the moment it runs, also when it throws.
  std::vector<int> given;
  for (UniqueFd& fd : message.fds) {
    given.push_back(fd.release());
  }
  Outcome outcome = call(handlers_.Value(), on_message_.Value(), {data, fds});
  if (outcome == Outcome::kNotRun) {
    for (int fd : given) {
      UniqueFd unclaimed(fd);
    }
  }
  return outcome == Outcome::kReturned;
}

void Channel::finish(const std::optional<Failure>& failure) {
  Napi::HandleScope scope(Env());
  Napi::Object handlers = handlers_.Value();
  Napi::Function on_close = on_close_.Value();
  shut();
  if (!failure) {
    call(handlers, on_close, {});
    return;
  }
  try {
    call(handlers, on_close, {system_error(Env(), *failure).Value()});
  } catch (const Napi::Error&) {
    // No error object can be made in an environment that is being terminated, and nobody is there to get it.
  }
}

Channel::Outcome Channel::call(napi_value handlers, napi_value handler, std::initializer_list<napi_value> arguments) {
  napi_env env = Env();
  napi_value result = nullptr;
  napi_status status =
      napi_make_callback(env, nullptr, handlers, handler, arguments.size(), arguments.begin(), &result);
  if (status == napi_ok) {
    return Outcome::kReturned;
  }
  bool pending = false;
  napi_value exception = nullptr;
  if (napi_is_exception_pending(env, &pending) != napi_ok || !pending) {
    return Outcome::kNotRun;
  }
  if (napi_get_and_clear_last_exception(env, &exception) == napi_ok) {
    // To process.on('uncaughtException'), as for a handler of an EventEmitter.
    napi_fatal_exception(env, exception);
  }
  return Outcome::kThrew;
}

} // namespace reuseport
