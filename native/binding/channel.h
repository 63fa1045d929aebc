#pragma once

#include "binding/poller.h"
#include "core/message.h"
#include "core/send_queue.h"
#include "core/unique_fd.h"

#include <memory>
#include <napi.h>
#include <optional>

namespace reuseport {

/** NativeChannel of the TypeScript contract. Open as long as it has a poller; then it also keeps itself from GC. */
class Channel : public Napi::ObjectWrap<Channel>, private Poller::Owner {
public:
  static Napi::Function define(Napi::Env env);
  explicit Channel(const Napi::CallbackInfo& info);
  ~Channel() override;

private:
  /** Of a call into JavaScript; not run: the environment is being terminated. */
  enum class Outcome { kReturned, kThrew, kNotRun };

  void send(const Napi::CallbackInfo& info);
  Napi::Value receive_sync(const Napi::CallbackInfo& info);
  void ref(const Napi::CallbackInfo& info);
  void unref(const Napi::CallbackInfo& info);
  void close(const Napi::CallbackInfo& info);

  void on_ready() override;
  void on_environment_end() override;

  bool is_open() const { return poller_ != nullptr; }
  /** Adapts what the loop watches to the queue. */
  Result<Done> watch();
  /** Lets go of the descriptor and of the handlers; nothing is read or sent after it. */
  void shut();
  /** shut(), then onClose. */
  void finish(const std::optional<Failure>& failure);
  /** Reads until the socket is empty, a handler has thrown, or other handles of the loop deserve their turn. */
  std::optional<Failure> read_all();
  /** Gives one message to onMessage; false when no further one may be delivered in this turn. */
  bool deliver(Message message);
  Outcome call(napi_value handlers, napi_value handler, std::initializer_list<napi_value> arguments);

  UniqueFd fd_;
  Poller* poller_ = nullptr;
  SendQueue queue_;
  std::unique_ptr<std::byte[]> buffer_;
  Napi::ObjectReference handlers_;
  Napi::FunctionReference on_message_;
  Napi::FunctionReference on_close_;
};

} // namespace reuseport
