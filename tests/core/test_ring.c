/* Rings: every point is at the distance that was asked for, by the library's own distances and by formulas; and where
 * there is none, none is given. */
#include "support.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "reference.h"

enum { N = 60, MOST = 5 };

static const struct {
  triplet_convention convention;
  triplet_distance distance;
  double p;
} measures[] = {
    {EXACT, .p = 1},   {EXACT, .p = 1.5}, {EXACT, .p = 2}, {EXACT, .p = 7}, {EXACT, .p = INFINITY},
    {SQUARED, .p = 2}, {COSINE, .p = 2},  {DOT, .p = 2},   {TORCH, .p = 2}, {OPTAX, .p = 3},
};
enum { MEASURES = sizeof measures / sizeof *measures };

static triplet_options options_of(size_t measure, bool sphere) {
  triplet_options options = triplet_batch_options();
  options.convention = measures[measure].convention;
  options.distance = measures[measure].distance;
  options.p = measures[measure].p;
  options.sphere = sphere;
  return options;
}

static double length_of(const float *row, size_t d) {
  double sum = 0;
  for (size_t k = 0; k < d; k++)
    sum += (double)row[k] * row[k];
  return sqrt(sum);
}

static double distance_of(const triplet_options *options, const float *center, const float *point, size_t d) {
  double x[MOST], y[MOST];
  for (size_t k = 0; k < d; k++) {
    x[k] = center[k];
    y[k] = point[k];
  }
  return reference_distance(options, x, y, d);
}

typedef struct ring {
  size_t d;
  float center[MOST], directions[N * MOST], points[N * MOST];
} ring;

static void draw(ring *of, const triplet_options *options, double radius) {
  assert_int_equal(triplet_ring(context, options, (triplet_floats){of->center, of->d},
                                triplet_matrix_of(of->directions, N, of->d), radius,
                                triplet_matrix_of(of->points, N, of->d)),
                   TRIPLET_OK);
}

/* Returns how many points there are. */
static size_t assert_ring(const ring *of, const triplet_options *options, double radius) {
  float distances[N];
  triplet_options allowing = *options;
  allowing.nonfinite = TRIPLET_NONFINITE_ALLOW;
  assert_int_equal(triplet_distances(context, &allowing, triplet_matrix_of(of->center, 1, of->d),
                                     triplet_matrix_of(of->points, N, of->d), triplet_matrix_of(distances, 1, N)),
                   TRIPLET_OK);
  size_t count = 0;
  const double scale = 1 + fabs(radius) + length_of(of->center, of->d);
  for (size_t i = 0; i < N; i++) {
    const float *point = of->points + i * of->d;
    if (isnan(point[0])) {
      for (size_t k = 0; k < of->d; k++)
        assert_int_equal(bits_of(point[k]), 0x7fc00000);
      continue;
    }
    count++;
    const double size = options->distance == TRIPLET_DISTANCE_DOT ? scale * length_of(point, of->d) : scale;
    if (!(fabs(distances[i] - radius) <= 1e-6 * size) ||
        !(fabs(distance_of(options, of->center, point, of->d) - radius) <= 1e-6 * size))
      fail_msg("distance %d, p %g, sphere %d: point %zu is at %.9g, not %.9g", (int)options->distance, options->p,
               options->sphere, i, (double)distances[i], radius);
  }
  return count;
}

static void make_ring(ring *of, seeded *from, size_t d, double scale) {
  of->d = d;
  seeded_fill(from, of->center, d, scale);
  seeded_fill(from, of->directions, N * d, seeded_below(from, 2) ? 1 : 1e-3);
}

/* A norm is reached in every direction, and right on the ray. */
static void points_lie_on_their_rays(void **state) {
  (void)state;
  seeded from = seeded_from(1);
  for (size_t measure = 0; measure < MEASURES; measure++)
    for (int round = 0; round < 12; round++) {
      const triplet_options options = options_of(measure, false);
      ring of;
      make_ring(&of, &from, 1 + (size_t)round % MOST, round % 2 ? 1 : 0);
      const double radius = seeded_between(&from, 0.05, 1.5);
      draw(&of, &options, radius);
      const size_t count = assert_ring(&of, &options, radius);
      const bool norm = options.distance <= TRIPLET_DISTANCE_SQUARED;
      assert_true(norm ? count == N : count <= N);

      for (size_t i = 0; i < N; i++) {
        const float *point = of.points + i * of.d, *direction = of.directions + i * of.d;
        double along = 0, gone = 0;
        for (size_t k = 0; k < of.d; k++) {
          along += ((double)point[k] - of.center[k]) * direction[k];
          gone += pow((double)point[k] - of.center[k], 2);
        }
        if (norm && count == N)
          assert_true(fabs(along / length_of(direction, of.d) - sqrt(gone)) <= 1e-5 * (1 + sqrt(gone)));
      }
    }
}

/* By angles: cosine from the plane's two rays, and none beyond what a ray comes near. */
static void cosine_has_points_at_an_angle(void **state) {
  (void)state;
  const triplet_options options = options_of(6, false);
  ring of = {.d = 2, .center = {2, 0}};
  for (size_t i = 0; i < N; i++) {
    of.directions[2 * i] = (float)cos(2 * 3.14159265358979 * (double)i / N);
    of.directions[2 * i + 1] = (float)sin(2 * 3.14159265358979 * (double)i / N);
  }
  draw(&of, &options, 0.5);
  assert_ring(&of, &options, 0.5);
  for (size_t i = 0; i < N; i++) {
    const double angle = fabs(atan2(of.directions[2 * i + 1], of.directions[2 * i])), there = acos(0.5);
    const bool straight_back = i == N / 2; /* over the origin, where the distance leaps */
    assert_int_equal(!isnan(of.points[2 * i]), angle > there + 1e-6 && !straight_back);
  }
  draw(&of, &options, 2.1);
  assert_int_equal(assert_ring(&of, &options, 2.1), 0);
}

static void dot_has_points_where_it_falls_or_rises(void **state) {
  (void)state;
  const triplet_options options = options_of(7, false);
  ring of = {.d = 2, .center = {3, 4}, .directions = {1, 0, -1, 0, 0, 2, 4, -3}};
  draw(&of, &options, -40); /* from -25: 3 x + 4 y = 40 */
  assert_true(of.points[0] == 8 && of.points[1] == 4 && isnan(of.points[2]) && of.points[4] == 3);
  assert_true(fabsf(of.points[5] - 7.75f) < 1e-6f && isnan(of.points[6]));
  draw(&of, &options, 5);
  assert_true(isnan(of.points[0]) && of.points[2] == -7 && isnan(of.points[4]));
}

/* On the sphere all are as far from the origin as the centre. */
static void points_stay_on_the_sphere(void **state) {
  (void)state;
  seeded from = seeded_from(2);
  for (size_t measure = 0; measure < MEASURES; measure++)
    for (int round = 0; round < 8; round++) {
      const triplet_options options = options_of(measure, true);
      ring of;
      make_ring(&of, &from, 2 + (size_t)round % (MOST - 1), 1);
      const double length = length_of(of.center, of.d);
      const double start = distance_of(&options, of.center, of.center, of.d);
      const double radius = start + seeded_between(&from, 0.05, 0.9) * fmin(length * length, length);
      draw(&of, &options, radius);
      assert_int_equal(assert_ring(&of, &options, radius), N);
      for (size_t i = 0; i < N; i++) {
        const float *point = of.points + i * of.d;
        assert_true(fabs(length_of(point, of.d) - length) <= 1e-6 * length);
        double aside = 0, ahead = 0; /* the point lies on the side that the direction shows to */
        for (size_t k = 0; k < of.d; k++)
          ahead += (double)of.directions[i * of.d + k] * of.center[k] / length / length;
        for (size_t k = 0; k < of.d; k++)
          aside += ((double)of.directions[i * of.d + k] - ahead * of.center[k]) * point[k];
        assert_true(aside > -1e-6);
      }
    }
}

/* The Manhattan distance falls again before half a round is done: the first of its two places is given. */
static void the_first_place_is_given(void **state) {
  (void)state;
  const triplet_options options = options_of(0, true);
  ring of = {.d = 2, .center = {1, 0}};
  for (size_t i = 0; i < N; i++)
    of.directions[2 * i + 1] = i % 2 ? -1 : 1;
  draw(&of, &options, 2.2); /* 1 - cos + sin */
  for (size_t i = 0; i < N; i++)
    assert_true(fabs(fabs(of.points[2 * i + 1]) - 0.9741657387) < 1e-6 && of.points[2 * i] < 0);
  draw(&of, &options, 2.5);
  assert_int_equal(assert_ring(&of, &options, 2.5), 0);
}

static void nothing_has_no_direction(void **state) {
  (void)state;
  for (int sphere = 0; sphere < 2; sphere++) {
    const triplet_options options = options_of(2, sphere);
    ring of = {.d = 2, .center = {0, 2}, .directions = {0, 0, 1, 0, 0, 3}};
    draw(&of, &options, 1);
    assert_true(isnan(of.points[0]) && !isnan(of.points[2]) && isnan(of.points[4]) == sphere);
    draw(&of, &options, 0);
    assert_true(of.points[2] == 0 && of.points[3] == 2);
    draw(&of, &options, -1);
    assert_true(isnan(of.points[2]));
    of.center[1] = 0;
    draw(&of, &options, 1);
    assert_true(isnan(of.points[2]) == sphere);
  }
}

/* Of every size that float32 has. */
static void rings_have_any_size(void **state) {
  (void)state;
  for (int power = -40; power <= 36; power += 4)
    for (size_t measure = 0; measure < 5; measure++) {
      const triplet_options options = options_of(measure, false);
      const double radius = pow(10, power);
      ring of = {.d = 2, .directions = {1, 0, 3, 3, -1e-30f, 2e-30f}};
      draw(&of, &options, radius);
      for (size_t i = 0; i < 3; i++)
        assert_true(fabs(distance_of(&options, of.center, of.points + 2 * i, 2) - radius) <= 1e-6 * radius + 3e-45);
    }
}

static triplet_status call(triplet_context *with, void *data) {
  const triplet_options options = options_of(6, true);
  ring *of = data;
  return triplet_ring(with, &options, (triplet_floats){of->center, 2}, triplet_matrix_of(of->directions, N, 2), 0.5,
                      triplet_matrix_of(of->points, N, 2));
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  ring of = {.d = 2, .center = {1, 0}};
  assert_in_range(fail_each_allocation(call, NULL, &of), 2, 4);
}

static void misuse_is_told(void **state) {
  (void)state;
  triplet_options options = options_of(2, false);
  const float center[] = {0, 1};
  float directions[] = {1, 0, 0, NAN}, points[4];
  const triplet_matrix to = triplet_matrix_of(points, 2, 2), from = triplet_matrix_of(directions, 2, 2);
  assert_error(context, triplet_ring(context, &options, (triplet_floats){center, 1}, from, 1, to),
               TRIPLET_INVALID_ARGUMENT, "center", "expected 2 numbers, got 1");
  assert_error(context, triplet_ring(context, &options, (triplet_floats){NULL, 0}, from, 1, to),
               TRIPLET_INVALID_ARGUMENT, "center", "expected 2 numbers, got none");
  assert_error(context, triplet_ring(context, &options, (triplet_floats){directions + 2, 2}, from, 1, to),
               TRIPLET_INVALID_ARGUMENT, "center", "expected finite numbers, got nan at index 1");
  assert_error(context, triplet_ring(context, &options, (triplet_floats){center, 2}, from, 1, to), TRIPLET_NOT_FINITE,
               "directions", "row 1, column 1 is not finite");
  assert_error(context, triplet_ring(context, &options, (triplet_floats){center, 2}, from, NAN, to),
               TRIPLET_INVALID_ARGUMENT, "radius", "expected a finite number, got nan");
  assert_error(context,
               triplet_ring(context, &options, (triplet_floats){center, 2}, from, 1, triplet_matrix_of(points, 1, 2)),
               TRIPLET_INVALID_ARGUMENT, "points", "expected 2 x 2 like directions, got 1 x 2");
  options.p = 0.5;
  assert_error(context, triplet_ring(context, &options, (triplet_floats){center, 2}, from, 1, to),
               TRIPLET_INVALID_ARGUMENT, "p", "expected a number in [1, inf], got 0.5");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_CONTEXT(points_lie_on_their_rays),
      WITH_CONTEXT(cosine_has_points_at_an_angle),
      WITH_CONTEXT(dot_has_points_where_it_falls_or_rises),
      WITH_CONTEXT(points_stay_on_the_sphere),
      WITH_CONTEXT(the_first_place_is_given),
      WITH_CONTEXT(nothing_has_no_direction),
      WITH_CONTEXT(rings_have_any_size),
      WITH_CONTEXT(every_allocation_may_fail),
      WITH_CONTEXT(misuse_is_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
