#include "binding/arguments.h"
#include "binding/errors.h"
#include "binding/functions.h"
#include "core/local_socket.h"
#include "core/stack_witness.h"

namespace reuseport {
namespace {

void start_witness(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  int fd = decode_fd(info[0]);
  if (!value_or_throw(env, is_local_seqpacket(fd))) {
    throw Napi::TypeError::New(env, "fd: expected a unix SOCK_SEQPACKET socket, got another kind of descriptor");
  }
  V8Stack stack = value_or_throw(env, V8Stack::of_this_thread());
  std::unique_ptr<StackWitness> witness = value_or_throw(env, StackWitness::start(fd, stack));
  // Before the isolate goes, which the witness would otherwise interrupt.
  env.AddCleanupHook([](StackWitness* ended) { delete ended; }, witness.release());
}

} // namespace

void export_stack_functions(Napi::Object exports) {
  Napi::Env env = exports.Env();
  exports.Set("startStackWitness", Napi::Function::New<start_witness>(env, "startStackWitness"));
}

} // namespace reuseport
