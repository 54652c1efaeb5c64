/* What a C program does that uses WasmEdge as its documentation says. Each loop is one side of a pair; the other
 * sides are in benches/overhead. */

#define _POSIX_C_SOURCE 199309L

#include <stdbool.h>
#include <stdlib.h>
#include <time.h>
#include <wasmedge/wasmedge.h>

typedef WasmEdge_ExecutorContext Executor;
typedef WasmEdge_FunctionInstanceContext Func;
typedef WasmEdge_CallingFrameContext Frame;
typedef WasmEdge_Value Value;
typedef WasmEdge_Result Result;

/* What the host functions share. */
typedef struct {
  uint64_t calls;
  Executor *executor;
  const Func *inner;
} Data;

/* A failing call would be measured as a fast one. */
static void check(bool right) {
  if (!right) {
    abort();
  }
}

static void ok(Result result) { check(WasmEdge_ResultOK(result)); }

/* ---- calls into wasm -------------------------------------------------------------------------------------- */

void baseline_call_nothing(Executor *executor, const Func *func, uint64_t n) {
  for (; n > 0; --n) {
    ok(WasmEdge_ExecutorInvoke(executor, func, NULL, 0, NULL, 0));
  }
}

void baseline_call_add(Executor *executor, const Func *func, uint64_t n) {
  for (; n > 0; --n) {
    Value params[2] = {WasmEdge_ValueGenI32(1), WasmEdge_ValueGenI32(2)};
    Value result[1];
    ok(WasmEdge_ExecutorInvoke(executor, func, params, 2, result, 1));
    check(WasmEdge_ValueGetI32(result[0]) == 3);
  }
}

void baseline_call_mixed(Executor *executor, const Func *func, uint64_t n) {
  for (; n > 0; --n) {
    Value params[3] = {WasmEdge_ValueGenI64(1), WasmEdge_ValueGenF64(2.0), WasmEdge_ValueGenI32(3)};
    Value result[1];
    ok(WasmEdge_ExecutorInvoke(executor, func, params, 3, result, 1));
    check(WasmEdge_ValueGetF64(result[0]) == 6.0);
  }
}

void baseline_call_swap(Executor *executor, const Func *func, uint64_t n) {
  for (; n > 0; --n) {
    Value params[2] = {WasmEdge_ValueGenI32(1), WasmEdge_ValueGenI64(2)};
    Value results[2];
    ok(WasmEdge_ExecutorInvoke(executor, func, params, 2, results, 2));
    check(WasmEdge_ValueGetI64(results[0]) == 2 && WasmEdge_ValueGetI32(results[1]) == 1);
  }
}

void baseline_call_by_name(WasmEdge_VMContext *vm, uint64_t n) {
  WasmEdge_String name = WasmEdge_StringCreateByCString("add");
  for (; n > 0; --n) {
    Value params[2] = {WasmEdge_ValueGenI32(1), WasmEdge_ValueGenI32(2)};
    Value result[1];
    ok(WasmEdge_VMExecute(vm, name, params, 2, result, 1));
    check(WasmEdge_ValueGetI32(result[0]) == 3);
  }
  WasmEdge_StringDelete(name);
}

void baseline_call_async(Executor *executor, const Func *func, uint64_t n) {
  for (; n > 0; --n) {
    Value params[2] = {WasmEdge_ValueGenI32(1), WasmEdge_ValueGenI32(2)};
    Value result[1];
    WasmEdge_Async *call = WasmEdge_ExecutorAsyncInvoke(executor, func, params, 2);
    ok(WasmEdge_AsyncGet(call, result, 1));
    check(WasmEdge_ValueGetI32(result[0]) == 3);
    WasmEdge_AsyncDelete(call);
  }
}

/* The nanoseconds from the cancelling of a call that does not end until it is over; `started` says that it runs. */
uint64_t baseline_interrupt(Executor *executor, const Func *func, volatile uint8_t *started, uint64_t n) {
  uint64_t sum = 0;
  for (; n > 0; --n) {
    struct timespec from, to;
    *started = 0;
    WasmEdge_Async *call = WasmEdge_ExecutorAsyncInvoke(executor, func, NULL, 0);
    while (!*started) {
    }
    clock_gettime(CLOCK_MONOTONIC, &from);
    WasmEdge_AsyncCancel(call);
    check(!WasmEdge_ResultOK(WasmEdge_AsyncGet(call, NULL, 0)));
    clock_gettime(CLOCK_MONOTONIC, &to);
    WasmEdge_AsyncDelete(call);
    sum += (uint64_t)((to.tv_sec - from.tv_sec) * 1000000000 + (to.tv_nsec - from.tv_nsec));
  }
  return sum;
}

/* ---- calls of the host ------------------------------------------------------------------------------------ */

Result baseline_host_nothing(void *data, const Frame *frame, const Value *params, Value *results) {
  (void)data, (void)frame, (void)params, (void)results;
  return WasmEdge_Result_Success;
}

Result baseline_host_add(void *data, const Frame *frame, const Value *params, Value *results) {
  (void)data, (void)frame;
  uint32_t sum = 0;
  for (int i = 0; i < 2; ++i) {
    sum += (uint32_t)WasmEdge_ValueGetI32(params[i]);
  }
  results[0] = WasmEdge_ValueGenI32((int32_t)sum);
  return WasmEdge_Result_Success;
}

Result baseline_host_eight(void *data, const Frame *frame, const Value *params, Value *results) {
  (void)data, (void)frame;
  uint32_t sum = 0;
  for (int i = 0; i < 8; ++i) {
    sum += (uint32_t)WasmEdge_ValueGetI32(params[i]);
  }
  results[0] = WasmEdge_ValueGenI32((int32_t)sum);
  return WasmEdge_Result_Success;
}

Result baseline_host_state(void *data, const Frame *frame, const Value *params, Value *results) {
  ((Data *)data)->calls += 1;
  return baseline_host_add(data, frame, params, results);
}

Result baseline_host_nest(void *data, const Frame *frame, const Value *params, Value *results) {
  (void)frame;
  const Data *own = data;
  return WasmEdge_ExecutorInvoke(own->executor, own->inner, params, 2, results, 1);
}

/* ---- what an instance holds ------------------------------------------------------------------------------- */

void baseline_memory_read(const WasmEdge_MemoryInstanceContext *memory, uint8_t *bytes, uint32_t len, uint64_t n) {
  for (; n > 0; --n) {
    ok(WasmEdge_MemoryInstanceGetData(memory, bytes, 16, len));
  }
}

void baseline_memory_write(WasmEdge_MemoryInstanceContext *memory, const uint8_t *bytes, uint32_t len, uint64_t n) {
  for (; n > 0; --n) {
    ok(WasmEdge_MemoryInstanceSetData(memory, bytes, 16, len));
  }
}

void baseline_memory_data(const WasmEdge_MemoryInstanceContext *memory, uint64_t n) {
  for (; n > 0; --n) {
    const volatile uint8_t *byte = WasmEdge_MemoryInstanceGetPointerConst(memory, 16, 1);
    check(byte && *byte == 7);
  }
}

void baseline_global_get(const WasmEdge_GlobalInstanceContext *global, uint64_t n) {
  for (; n > 0; --n) {
    check(WasmEdge_ValueGetI64(WasmEdge_GlobalInstanceGetValue(global)) == 5);
  }
}

void baseline_global_set(WasmEdge_GlobalInstanceContext *global, uint64_t n) {
  for (; n > 0; --n) {
    (void)WasmEdge_GlobalInstanceSetValue(global, WasmEdge_ValueGenI64(5));
  }
}

void baseline_table_get(const WasmEdge_TableInstanceContext *table, uint64_t n) {
  for (; n > 0; --n) {
    Value value;
    ok(WasmEdge_TableInstanceGetData(table, &value, 1));
    check(WasmEdge_ValueGetFuncRef(value) != NULL);
  }
}

void baseline_table_set(WasmEdge_TableInstanceContext *table, const Func *func, uint64_t n) {
  for (; n > 0; --n) {
    ok(WasmEdge_TableInstanceSetData(table, WasmEdge_ValueGenFuncRef(func), 1));
  }
}

void baseline_find(const WasmEdge_ModuleInstanceContext *instance, uint64_t n) {
  WasmEdge_String name = WasmEdge_StringCreateByCString("add");
  for (; n > 0; --n) {
    check(WasmEdge_ModuleInstanceFindFunction(instance, name) != NULL);
  }
  WasmEdge_StringDelete(name);
}

/* ---- making things ---------------------------------------------------------------------------------------- */

void baseline_load(const uint8_t *wasm, uint32_t len, uint64_t n) {
  WasmEdge_LoaderContext *loader = WasmEdge_LoaderCreate(NULL);
  WasmEdge_ValidatorContext *validator = WasmEdge_ValidatorCreate(NULL);
  for (; n > 0; --n) {
    WasmEdge_ASTModuleContext *ast = NULL;
    ok(WasmEdge_LoaderParseFromBuffer(loader, &ast, wasm, len));
    ok(WasmEdge_ValidatorValidate(validator, ast));
    WasmEdge_ASTModuleDelete(ast);
  }
  WasmEdge_ValidatorDelete(validator);
  WasmEdge_LoaderDelete(loader);
}

void baseline_instantiate(Executor *executor, WasmEdge_StoreContext *store, const WasmEdge_ASTModuleContext *ast,
                          WasmEdge_ModuleInstanceContext **instances, uint64_t n) {
  for (uint64_t i = 0; i < n; ++i) {
    ok(WasmEdge_ExecutorInstantiate(executor, &instances[i], store, ast));
  }
}

void baseline_store(const WasmEdge_ASTModuleContext *ast, uint64_t n) {
  WasmEdge_String name = WasmEdge_StringCreateByCString("add");
  for (; n > 0; --n) {
    Executor *executor = WasmEdge_ExecutorCreate(NULL, NULL);
    WasmEdge_StoreContext *store = WasmEdge_StoreCreate();
    WasmEdge_ModuleInstanceContext *instance = NULL;
    ok(WasmEdge_ExecutorInstantiate(executor, &instance, store, ast));
    baseline_call_add(executor, WasmEdge_ModuleInstanceFindFunction(instance, name), 1);
    WasmEdge_ModuleInstanceDelete(instance);
    WasmEdge_StoreDelete(store);
    WasmEdge_ExecutorDelete(executor);
  }
  WasmEdge_StringDelete(name);
}

void baseline_vm(uint64_t n) {
  for (; n > 0; --n) {
    WasmEdge_VMContext *vm = WasmEdge_VMCreate(NULL, NULL);
    check(vm != NULL);
    WasmEdge_VMDelete(vm);
  }
}
