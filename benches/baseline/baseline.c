/* What a C program does that uses WasmEdge as its documentation says. Every loop is one side of a
 * pair; the other sides are in benches/overhead. */

#include <stdlib.h>
#include <wasmedge/wasmedge.h>

/* A failing call would be measured as a fast one. */
static void ok(WasmEdge_Result result) {
  if (!WasmEdge_ResultOK(result)) {
    abort();
  }
}

void baseline_call_nothing(WasmEdge_ExecutorContext *executor,
                           const WasmEdge_FunctionInstanceContext *func,
                           uint64_t n) {
  for (; n > 0; --n) {
    ok(WasmEdge_ExecutorInvoke(executor, func, NULL, 0, NULL, 0));
  }
}

void baseline_call_add(WasmEdge_ExecutorContext *executor,
                       const WasmEdge_FunctionInstanceContext *func,
                       uint64_t n) {
  for (; n > 0; --n) {
    WasmEdge_Value params[2] = {WasmEdge_ValueGenI32(1),
                                WasmEdge_ValueGenI32(2)};
    WasmEdge_Value result[1];
    ok(WasmEdge_ExecutorInvoke(executor, func, params, 2, result, 1));
    if (WasmEdge_ValueGetI32(result[0]) != 3) {
      abort();
    }
  }
}

/* Host functions. */

WasmEdge_Result baseline_host_add(void *data,
                                  const WasmEdge_CallingFrameContext *frame,
                                  const WasmEdge_Value *params,
                                  WasmEdge_Value *results) {
  (void)data;
  (void)frame;
  int32_t a = WasmEdge_ValueGetI32(params[0]);
  int32_t b = WasmEdge_ValueGetI32(params[1]);
  results[0] = WasmEdge_ValueGenI32((int32_t)((uint32_t)a + (uint32_t)b));
  return WasmEdge_Result_Success;
}

WasmEdge_Result baseline_host_state(void *data,
                                    const WasmEdge_CallingFrameContext *frame,
                                    const WasmEdge_Value *params,
                                    WasmEdge_Value *results) {
  (void)frame;
  uint64_t *calls = data;
  *calls += 1;
  int32_t a = WasmEdge_ValueGetI32(params[0]);
  int32_t b = WasmEdge_ValueGetI32(params[1]);
  results[0] = WasmEdge_ValueGenI32((int32_t)((uint32_t)a + (uint32_t)b));
  return WasmEdge_Result_Success;
}

/* Memory and exports. */

void baseline_memory_read(const WasmEdge_MemoryInstanceContext *memory,
                          uint8_t *bytes, uint32_t len, uint64_t n) {
  for (; n > 0; --n) {
    ok(WasmEdge_MemoryInstanceGetData(memory, bytes, 16, len));
  }
}

void baseline_find(const WasmEdge_ModuleInstanceContext *instance,
                   uint64_t n) {
  WasmEdge_String name = WasmEdge_StringCreateByCString("add");
  for (; n > 0; --n) {
    if (!WasmEdge_ModuleInstanceFindFunction(instance, name)) {
      abort();
    }
  }
  WasmEdge_StringDelete(name);
}

/* Making things. */

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

void baseline_instantiate(WasmEdge_ExecutorContext *executor,
                          WasmEdge_StoreContext *store,
                          const WasmEdge_ASTModuleContext *ast,
                          WasmEdge_ModuleInstanceContext **instances,
                          uint64_t n) {
  for (uint64_t i = 0; i < n; ++i) {
    ok(WasmEdge_ExecutorInstantiate(executor, &instances[i], store, ast));
  }
}

void baseline_vm(uint64_t n) {
  for (; n > 0; --n) {
    WasmEdge_VMContext *vm = WasmEdge_VMCreate(NULL, NULL);
    if (!vm) {
      abort();
    }
    WasmEdge_VMDelete(vm);
  }
}
