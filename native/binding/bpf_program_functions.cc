#include "binding/bpf_arguments.h"
#include "binding/errors.h"
#include "binding/functions.h"
#include "core/bpf_attach.h"
#include "core/bpf_pin.h"
#include "core/bpf_program.h"

#include <linux/bpf.h>
#include <linux/filter.h>

namespace reuseport {
namespace {

// BPF_COMPLEXITY_LIMIT_INSNS of the kernel with CAP_BPF (4096 without).
constexpr size_t kMaxInstructions = 1'000'000;

Napi::Value give(Napi::Env env, UniqueFd fd) {
  Napi::Value result = Napi::Number::New(env, fd.get());
  (void)fd.release();
  return result;
}

Napi::Value load(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  OptionsArgument given(info[0], "options", {"instructions", "migrate", "license", "name"});
  BpfProgramOptions options;
  options.instructions = decode_instructions(given.get("instructions"), given.path("instructions"), kMaxInstructions);
  options.migrate = given.boolean("migrate", false);
  Napi::Value license = given.get("license");
  options.license = license.IsUndefined() ? "GPL" : decode_c_string(license, given.path("license"));
  options.name = decode_bpf_name(given);
  std::string verifier_log;
  auto loaded = bpf_load_reuseport(options, verifier_log);
  if (!loaded) {
    Napi::Error error = system_error(env, loaded.failure());
    error.Set("verifierLog", Napi::String::New(env, verifier_log));
    throw error;
  }
  return give(env, std::move(loaded.value()));
}

Napi::Value program_info(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  BpfProgramInfo read = value_or_throw(env, bpf_program_info(decode_fd(info[0])));
  auto result = Napi::Object::New(env);
  result.Set("id", Napi::Number::New(env, read.id));
  result.Set("isReuseport", Napi::Boolean::New(env, read.type == BPF_PROG_TYPE_SK_REUSEPORT));
  result.Set("runTimeNs", Napi::Number::New(env, static_cast<double>(read.run_time_ns)));
  result.Set("runCount", Napi::Number::New(env, static_cast<double>(read.run_count)));
  auto map_ids = Napi::Array::New(env, read.map_ids.size());
  for (size_t i = 0; i < read.map_ids.size(); i++) {
    map_ids.Set(static_cast<uint32_t>(i), Napi::Number::New(env, read.map_ids[i]));
  }
  result.Set("mapIds", map_ids);
  return result;
}

Napi::Value enable_stats(const Napi::CallbackInfo& info) {
  return give(info.Env(), value_or_throw(info.Env(), bpf_enable_stats()));
}

void pin(const Napi::CallbackInfo& info) {
  int fd = decode_fd(info[0]);
  value_or_throw(info.Env(), bpf_pin(fd, decode_c_string(info[1], "path")));
}

Napi::Value get_pinned(const Napi::CallbackInfo& info) {
  return give(info.Env(), value_or_throw(info.Env(), bpf_get_pinned(decode_c_string(info[0], "path"))));
}

void attach_ebpf(const Napi::CallbackInfo& info) {
  int socket_fd = decode_fd(info[0], "socketFd");
  value_or_throw(info.Env(), attach_reuseport_ebpf(socket_fd, decode_fd(info[1], "programFd")));
}

void attach_cbpf(const Napi::CallbackInfo& info) {
  int socket_fd = decode_fd(info[0], "socketFd");
  auto instructions = decode_instructions(info[1], "instructions", BPF_MAXINSNS);
  value_or_throw(info.Env(), attach_reuseport_cbpf(socket_fd, instructions));
}

void detach(const Napi::CallbackInfo& info) {
  value_or_throw(info.Env(), detach_reuseport_bpf(decode_fd(info[0], "socketFd")));
}

} // namespace

void export_bpf_program_functions(Napi::Object exports) {
  Napi::Env env = exports.Env();
  exports.Set("bpfLoadReuseport", Napi::Function::New<load>(env, "bpfLoadReuseport"));
  exports.Set("bpfProgramInfo", Napi::Function::New<program_info>(env, "bpfProgramInfo"));
  exports.Set("bpfEnableStats", Napi::Function::New<enable_stats>(env, "bpfEnableStats"));
  exports.Set("bpfPin", Napi::Function::New<pin>(env, "bpfPin"));
  exports.Set("bpfGetPinned", Napi::Function::New<get_pinned>(env, "bpfGetPinned"));
  exports.Set("attachReuseportEbpf", Napi::Function::New<attach_ebpf>(env, "attachReuseportEbpf"));
  exports.Set("attachReuseportCbpf", Napi::Function::New<attach_cbpf>(env, "attachReuseportCbpf"));
  exports.Set("detachReuseportBpf", Napi::Function::New<detach>(env, "detachReuseportBpf"));
}

} // namespace reuseport
