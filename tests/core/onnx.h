/* onnx.h - reads ONNX models and runs them in double precision, knowing nothing of how the core writes them but the
 * operators. Fails the test where a model is not as onnx.proto and the operators' documents have it. */
#ifndef ONNX_H
#define ONNX_H

#include <stddef.h>
#include <stdint.h>

typedef struct onnx_model onnx_model;

/* bytes stay the caller's, and have to last as long as the model. */
onnx_model *onnx_read(const uint8_t *bytes, size_t size);
void onnx_release(onnx_model *model);

size_t onnx_inputs(const onnx_model *model);
size_t onnx_dim(const onnx_model *model);
/* The operators, with blanks between them. Lasts as long as the model. */
const char *onnx_operators(const onnx_model *model);
/* The names of the initializers, likewise. */
const char *onnx_initializers(const onnx_model *model);
/* The text of a key; NULL without one. */
const char *onnx_metadata(const onnx_model *model, const char *key);

/* x: (rows, inputs). Returns (rows, dim), to be freed. */
double *onnx_run(const onnx_model *model, const float *x, size_t rows);

#endif
