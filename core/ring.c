/* ring.c - the points that a distance puts so far from a centre. Each is looked for along its own way by halving, with
 * nothing known of the distance but its value: so it holds for every distance, and what is found is at that distance
 * as the library measures it. */
#include "distance.h"

#define PI 3.141592653589793

/* A way from the centre. */
typedef struct way {
  const triplet_measure *measure;
  triplet_floats center;
  triplet_rows from; /* the centre, as the distance reads it */
  float *point;      /* D: where the way has come to */
  float *unit;       /* scratch: the point, as the distance reads it */
  double *direction; /* D */
  double length;     /* on the sphere: of the centre */
  bool sphere;
} way;

/* ---- along a way ------------------------------------------------------------------------------------------------- */

/* How far the smallest step goes that float32 may show, and the largest that it can; halvings in between: first of the
 * order of magnitude, then to the last bit. */
#define LEAST 0x1p-149
#define MOST 0x1p126
#define LEAST_ANGLE 0x1p-40
#define HALVINGS 48
#define FINEST 0x1p-27

/* More than rounding of the point explains, as a share of the way. */
#define LEAP 0x1p-6

/* On the sphere a distance may rise and fall again: so many pieces of half a circle are looked at in turn. */
#define PIECES 64

static void go_to(const way *along, double at) {
  const double ahead = along->sphere ? triplet_cos(at) : 1;
  const double aside = along->sphere ? along->length * triplet_sin(at) : at;
  for (size_t k = 0; k < along->center.count; k++)
    along->point[k] = (float)(ahead * (double)along->center.data[k] + aside * along->direction[k]);
}

static double distance_at(const way *along, double at) {
  go_to(along, at);
  double length;
  triplet_rows point = triplet_rows_of(along->point, 1, along->center.count);
  triplet_rows_read(along->measure, &point, along->unit, &length);
  return triplet_exact_distance(along->measure, &along->from, &point);
}

/* What is looked for: the first place where the distance has risen, or fallen, to the radius. */
typedef struct goal {
  double radius, start;
} goal;

static bool is_reached(const goal *wanted, double distance) {
  return wanted->start > wanted->radius ? distance <= wanted->radius : distance >= wanted->radius;
}

static bool has_reached(const way *along, const goal *wanted, double at) {
  return is_reached(wanted, distance_at(along, at));
}

static double middle_of(double low, double high) {
  return high > 2 * low ? sqrt(low) * sqrt(high) : low + (high - low) / 2;
}

/* Goes to the point between low, where the goal is not reached, and high, where it is. False where the distance only
 * leaps over the radius, as a cosine distance does at the origin. */
static bool close_in(const way *along, const goal *wanted, double low, double high) {
  for (int i = 0; i < HALVINGS && high - low > FINEST * high; i++) {
    const double middle = middle_of(low, high);
    if (has_reached(along, wanted, middle))
      high = middle;
    else
      low = middle;
  }
  return fabs(distance_at(along, high) - wanted->radius) <= LEAP * fabs(wanted->radius - wanted->start);
}

/* A distance that grows evenly, as a norm does, gives its place away: it is looked for nearby first. */
#define NEARBY 0x1p-16

static bool find_on_ray(const way *along, const goal *wanted) {
  double low = LEAST, high = MOST;
  const double most = distance_at(along, MOST);
  if (!is_reached(wanted, most))
    return false;
  const double evenly = MOST * ((wanted->radius - wanted->start) / (most - wanted->start));
  for (int side = -1; side <= 1; side += 2) {
    const double at = evenly * (1 + side * NEARBY);
    if (at > low && at < high)
      *(has_reached(along, wanted, at) ? &high : &low) = at;
  }
  return close_in(along, wanted, low, high);
}

static bool find_on_sphere(const way *along, const goal *wanted) {
  double low = LEAST_ANGLE;
  for (int i = 1; i <= PIECES; i++) {
    const double high = PI * i / PIECES;
    if (has_reached(along, wanted, high))
      return close_in(along, wanted, low, high);
    low = high;
  }
  return false;
}

/* Puts the point, and says whether there is one. */
static bool find_point(const way *along, double radius) {
  const goal wanted = {radius, distance_at(along, 0)};
  if (wanted.start == radius)
    return true;
  return along->sphere ? find_on_sphere(along, &wanted) : find_on_ray(along, &wanted);
}

/* ---- directions -------------------------------------------------------------------------------------------------- */

static double length_of(const double *values, size_t count) {
  double sum = 0;
  for (size_t k = 0; k < count; k++)
    sum += values[k] * values[k];
  return sqrt(sum);
}

/* Nearer to the line through the origin and the centre a direction is nothing but rounding. */
#define LEAST_SHARE 1e-6

/* Makes it one of length 1, on the sphere at right angles to the centre; false where it shows nowhere. */
static bool set_direction(way *along, const float *given) {
  const size_t cols = along->center.count;
  for (size_t k = 0; k < cols; k++)
    along->direction[k] = given[k];
  double length = length_of(along->direction, cols);
  if (!(length > 0) || (along->sphere && !(along->length > 0)))
    return false;

  if (along->sphere) {
    const double whole = length;
    double ahead = 0;
    for (size_t k = 0; k < cols; k++)
      ahead += along->direction[k] * (double)along->center.data[k] / along->length;
    for (size_t k = 0; k < cols; k++)
      along->direction[k] -= ahead * (double)along->center.data[k] / along->length;
    length = length_of(along->direction, cols);
    if (!(length > LEAST_SHARE * whole))
      return false;
  }
  for (size_t k = 0; k < cols; k++)
    along->direction[k] /= length;
  return true;
}

/* ---- the ring ---------------------------------------------------------------------------------------------------- */

static triplet_status check_ring(triplet_context *context, triplet_floats center, triplet_matrix *directions,
                                 double radius, triplet_matrix *points) {
  TRIPLET_TRY(triplet_check_matrix(context, "directions", directions));
  TRIPLET_TRY(triplet_check_column_values(context, "center", center, directions->cols));
  if (!(fabs(radius) <= DBL_MAX))
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "radius", "expected a finite number, got %g", radius);
  TRIPLET_TRY(triplet_check_shape(context, "points", points, directions->rows, directions->cols, "directions"));
  return triplet_check_finite(context, "directions", *directions);
}

static void put_ring(way *along, triplet_matrix directions, double radius, triplet_matrix points) {
  for (size_t i = 0; i < directions.rows; i++) {
    along->point = points.data + i * points.cols;
    const bool found = set_direction(along, directions.data + i * directions.cols) && find_point(along, radius);
    for (size_t k = 0; !found && k < points.cols; k++)
      along->point[k] = triplet_canonical_nan();
  }
}

triplet_status triplet_ring(triplet_context *context, const triplet_options *options, triplet_floats center,
                            triplet_matrix directions, double radius, triplet_matrix points) {
  TRIPLET_TRY(triplet_schema_check(context, TRIPLET_SCHEMA_RING, options));
  TRIPLET_TRY(check_ring(context, center, &directions, radius, &points));
  const size_t cols = directions.cols;
  const triplet_measure measure = triplet_measure_of(context, options);
  way along = {.measure = &measure, .center = {center.data, cols}, .sphere = options->sphere};
  triplet_rows none = {0};
  triplet_status status = triplet_rows_create(context, &measure, triplet_matrix_of(center.data, 1, cols),
                                              triplet_matrix_of(center.data, 1, cols), &along.from, &none);
  along.unit = triplet_allocate(context, triplet_row_size(&measure, cols), sizeof *along.unit);
  along.direction = triplet_allocate(context, cols, sizeof *along.direction);
  if (status == TRIPLET_OK && !(along.unit && along.direction))
    status = TRIPLET_OUT_OF_MEMORY;

  if (status == TRIPLET_OK) {
    for (size_t k = 0; k < cols; k++)
      along.direction[k] = center.data[k];
    along.length = length_of(along.direction, cols);
    put_ring(&along, directions, radius, points);
  }
  triplet_release(context, along.direction);
  triplet_release(context, along.unit);
  triplet_rows_release(context, &along.from, &none);
  return status;
}
