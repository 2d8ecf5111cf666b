/* symmetric.c - eigenvalues and vectors of a symmetric matrix: reflections make it tridiagonal (Householder 1958), the
 * eigenvalues of that are found by bisection (Givens 1954), their vectors by inverse iteration (Wielandt 1944). All of
 * it is sums in a fixed order, so that the bits are the same everywhere. */
#include "symmetric.h"

/* The stream of randomness that inverse iteration begins with. */
enum { VECTOR_STREAM = 0x65696765 };

static double dot(const double *x, const double *y, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; i++)
    sum += x[i] * y[i];
  return sum;
}

static void add_multiple(double *to, double factor, const double *x, size_t n) {
  for (size_t i = 0; i < n; i++)
    to[i] += factor * x[i];
}

static void scale(double *x, double factor, size_t n) {
  for (size_t i = 0; i < n; i++)
    x[i] *= factor;
}

/* Twice, for what is left of a row that lies nearly along the others is mostly rounding. */
double triplet_orthonormalize(double *rows, size_t i, size_t n) {
  double *const row = rows + i * n;
  const double before = sqrt(dot(row, row, n));
  for (int pass = 0; pass < 2; pass++)
    for (size_t k = 0; k < i; k++)
      add_multiple(row, -dot(row, rows + k * n, n), rows + k * n, n);
  const double left = sqrt(dot(row, row, n));
  if (!(left > 0))
    return 0;
  scale(row, 1 / left, n);
  return left / before;
}

/* ---- to a tridiagonal matrix ------------------------------------------------------------------------------------- */

/* Row i of the matrix holds v of the reflection I - v v^T / half of its first i components, half being v^T v / 2, or 0:
 * there is none. */
typedef struct tridiagonal {
  size_t n;
  const double *matrix;
  double *diagonal, *beside; /* n; beside[i] between i - 1 and i */
  double *half;              /* n */
} tridiagonal;

/* What the reflection makes of the first i rows and columns: A - v w^T - w v^T. */
static void reflect_block(double *matrix, size_t n, size_t i, double half, double *w) {
  const double *v = matrix + i * n;
  memset(w, 0, i * sizeof *w);
  for (size_t j = 0; j < i; j++) {
    const double *row = matrix + j * n;
    w[j] += dot(row, v, j) + row[j] * v[j];
    add_multiple(w, v[j], row, j);
  }
  scale(w, 1 / half, i);
  add_multiple(w, -dot(v, w, i) / (2 * half), v, i);
  for (size_t j = 0; j < i; j++) {
    add_multiple(matrix + j * n, -v[j], w, j + 1);
    add_multiple(matrix + j * n, -w[j], v, j + 1);
  }
}

static void make_tridiagonal(double *matrix, const tridiagonal *to, double *w) {
  const size_t n = to->n;
  for (size_t i = n; i-- > 0;) {
    double *v = matrix + i * n;
    to->diagonal[i] = v[i];
    to->beside[i] = i ? v[i - 1] : 0;
    to->half[i] = 0;
    if (i < 2 || !(dot(v, v, i - 1) > 0))
      continue;

    /* v = x - beside e, of which e is the last axis; the sign keeps digits. */
    const double length = sqrt(dot(v, v, i));
    to->beside[i] = v[i - 1] > 0 ? -length : length;
    v[i - 1] -= to->beside[i];
    to->half[i] = dot(v, v, i) / 2;
    reflect_block(matrix, n, i, to->half[i], w);
  }
}

static void reflect_back(const tridiagonal *from, double *vector) {
  for (size_t i = 2; i < from->n; i++) {
    const double *v = from->matrix + i * from->n;
    if (from->half[i] > 0)
      add_multiple(vector, -dot(v, vector, i) / from->half[i], v, i);
  }
}

/* ---- eigenvalues ------------------------------------------------------------------------------------------------- */

/* How many lie above x: Sylvester's law of inertia. A pivot of 0 counts as the smallest that is above it. */
static size_t count_above(const tridiagonal *of, double x, double smallest) {
  size_t count = 0;
  double pivot = 1;
  for (size_t i = 0; i < of->n; i++) {
    pivot = of->diagonal[i] - x - of->beside[i] * of->beside[i] / pivot;
    if (fabs(pivot) < smallest)
      pivot = smallest;
    count += pivot > 0;
  }
  return count;
}

/* No eigenvalue is larger in size (Gershgorin). */
static double bound_of(const tridiagonal *of) {
  double bound = 0;
  for (size_t i = 0; i < of->n; i++) {
    const double after = i + 1 < of->n ? fabs(of->beside[i + 1]) : 0;
    const double reach = fabs(of->diagonal[i]) + fabs(of->beside[i]) + after;
    bound = reach > bound ? reach : bound;
  }
  return bound;
}

/* The eigenvalue that `index` others are above, between -bound and high. */
static double eigenvalue_at(const tridiagonal *of, size_t index, double bound, double high) {
  const double smallest = bound * DBL_EPSILON * DBL_EPSILON;
  double low = -bound;
  for (;;) {
    const double middle = low + (high - low) / 2;
    if (!(middle > low && middle < high) || high - low <= bound * DBL_EPSILON / 4)
      return middle;
    if (count_above(of, middle, smallest) > index)
      low = middle;
    else
      high = middle;
  }
}

/* ---- eigenvectors ------------------------------------------------------------------------------------------------ */

/* T - x I as rows in echelon form: at, next and after are what stands from the diagonal on. */
typedef struct echelon {
  double *at, *next, *after;
} echelon;

/* Solves (T - x I) y = y by elimination, with the larger of two rows on top. */
static void solve(const tridiagonal *of, double x, double smallest, const echelon *rows, double *y) {
  const size_t n = of->n;
  for (size_t i = 0; i < n; i++) {
    rows->at[i] = of->diagonal[i] - x;
    rows->next[i] = i + 1 < n ? of->beside[i + 1] : 0;
    rows->after[i] = 0;
  }
  for (size_t i = 0; i + 1 < n; i++) {
    double below = of->beside[i + 1];
    if (fabs(below) > fabs(rows->at[i])) {
      const double first[] = {rows->at[i], rows->next[i], y[i]};
      rows->at[i] = below;
      rows->next[i] = rows->at[i + 1];
      rows->after[i] = rows->next[i + 1];
      y[i] = y[i + 1];
      below = first[0];
      rows->at[i + 1] = first[1];
      rows->next[i + 1] = 0;
      y[i + 1] = first[2];
    }
    const double factor = rows->at[i] != 0 ? below / rows->at[i] : 0;
    rows->at[i + 1] -= factor * rows->next[i];
    rows->next[i + 1] -= factor * rows->after[i];
    y[i + 1] -= factor * y[i];
  }

  for (size_t i = n; i-- > 0;) {
    const double pivot = fabs(rows->at[i]) < smallest ? smallest : rows->at[i];
    const double next = i + 1 < n ? rows->next[i] * y[i + 1] : 0, after = i + 2 < n ? rows->after[i] * y[i + 2] : 0;
    y[i] = (y[i] - next - after) / pivot;
  }
}

/* Rounds of inverse iteration: one or two do, from a start that is drawn. */
#define ROUNDS 4

static void find_vectors(const tridiagonal *of, double bound, const echelon *rows, triplet_eigen *found) {
  const size_t n = of->n;
  triplet_random random = triplet_random_seed(0, VECTOR_STREAM);
  for (size_t i = 0; i < found->count; i++) {
    double *vector = found->vectors + i * n;
    for (size_t k = 0; k < n; k++)
      vector[k] = triplet_random_uniform(&random) - 0.5;
    for (int round = 0; round < ROUNDS; round++) {
      triplet_orthonormalize(found->vectors, i, n);
      solve(of, found->values[i], bound * DBL_EPSILON, rows, vector);
    }
    triplet_orthonormalize(found->vectors, i, n);
  }
}

/* ---- together ---------------------------------------------------------------------------------------------------- */

/* Reflections leave lengths and angles as they are, but for rounding. */
static void finish_vectors(const tridiagonal *of, triplet_eigen *found) {
  for (size_t i = 0; i < found->count; i++) {
    reflect_back(of, found->vectors + i * of->n);
    triplet_orthonormalize(found->vectors, i, of->n);
  }
}

#define LISTS 6

size_t triplet_symmetric_scratch(size_t n) {
  return LISTS * n;
}

void triplet_symmetric_eigen(double *matrix, size_t n, triplet_eigen *largest, double *scratch) {
  const tridiagonal of = {n, matrix, scratch, scratch + n, scratch + 2 * n};
  const echelon rows = {scratch + 3 * n, scratch + 4 * n, scratch + 5 * n};
  make_tridiagonal(matrix, &of, rows.at);
  const double reach = bound_of(&of), bound = reach > 0 ? reach : 1;
  double high = bound;
  for (size_t i = 0; i < largest->count; i++)
    high = largest->values[i] = reach > 0 ? eigenvalue_at(&of, i, bound, high) : 0;
  find_vectors(&of, bound, &rows, largest);
  finish_vectors(&of, largest);
}
