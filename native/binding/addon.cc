#include "binding/channel.h"
#include "binding/functions.h"

namespace {

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  reuseport::export_listener_functions(exports);
  reuseport::export_descriptor_functions(exports);
  reuseport::export_accept_functions(exports);
  reuseport::export_account_functions(exports);
  reuseport::export_bpf_map_functions(exports);
  reuseport::export_bpf_program_functions(exports);
  reuseport::export_graft_functions(exports);
  reuseport::export_memory_functions(exports);
  reuseport::export_process_functions(exports);
  reuseport::export_self_functions(exports);
  reuseport::export_stack_functions(exports);
  reuseport::export_watch_functions(exports);
  exports.Set("Channel", reuseport::Channel::define(env));
  return exports;
}

} // namespace

NODE_API_MODULE(NODE_GYP_MODULE_NAME, initialize)
