#pragma once

#include <napi.h>

namespace reuseport {

void export_graft_functions(Napi::Object exports);
void export_listener_functions(Napi::Object exports);
void export_descriptor_functions(Napi::Object exports);
void export_accept_functions(Napi::Object exports);
void export_account_functions(Napi::Object exports);
void export_bpf_map_functions(Napi::Object exports);
void export_bpf_program_functions(Napi::Object exports);
void export_memory_functions(Napi::Object exports);
void export_process_functions(Napi::Object exports);
void export_self_functions(Napi::Object exports);
void export_stack_functions(Napi::Object exports);
void export_watch_functions(Napi::Object exports);

} // namespace reuseport
