;; Runs `echo hello` through the plug-in wasmedge_process.
(module
  (import "wasmedge_process" "wasmedge_process_set_prog_name" (func $name (param i32 i32)))
  (import "wasmedge_process" "wasmedge_process_add_arg" (func $arg (param i32 i32)))
  (import "wasmedge_process" "wasmedge_process_run" (func $run (result i32)))
  (import "wasmedge_process" "wasmedge_process_get_stdout_len" (func $stdout_len (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "echohello")

  ;; The exit code, and the length of the output.
  (func (export "run") (result i32 i32)
    (call $name (i32.const 0) (i32.const 4))
    (call $arg (i32.const 4) (i32.const 5))
    (call $run)
    (call $stdout_len)))
