#include "pairs_listed.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FEW_PAIRS = 4000 };

/* ---- pairs, listed ----------------------------------------------------------------------------------------------- */

void add_pair(pair_list *to, float distance, bool same) {
  if (to->count == to->room) {
    to->room = 2 * to->room + 64;
    to->pairs = realloc(to->pairs, to->room * sizeof *to->pairs);
  }
  to->pairs[to->count++] = (pair){isfinite(distance) ? distance : INFINITY, same};
}

static int by_distance(const void *left, const void *right) {
  const float a = ((const pair *)left)->distance, b = ((const pair *)right)->distance;
  return (a > b) - (a < b);
}

void sort_pairs(pair_list *list) {
  qsort(list->pairs, list->count, sizeof *list->pairs, by_distance);
}

/* ---- figures by their definitions -------------------------------------------------------------------------------- */

oracle *oracle_of(const pair_list *list) {
  oracle *made = calloc(1, sizeof *made + (list->count + 1) * sizeof *made->levels);
  pair *sorted = malloc((list->count + 1) * sizeof *sorted);
  for (size_t i = 0; i < list->count; i++)
    sorted[i] = list->pairs[i];
  qsort(sorted, list->count, sizeof *sorted, by_distance);
  for (size_t i = 0; i < list->count; i++)
    *(sorted[i].same ? &made->same : &made->different) += 1;
  const bool same_is_rarer = made->same <= made->different;

  made->levels[0] = (level){.distance = -INFINITY, .beside_the_rarer = true};
  made->count = 1;
  for (size_t i = 0; i < list->count;) {
    level next = made->levels[made->count - 1];
    next.distance = sorted[i].distance;
    next.beside_the_rarer = false;
    for (; i < list->count && sorted[i].distance == next.distance; i++) {
      *(sorted[i].same ? &next.same : &next.different) += 1;
      next.beside_the_rarer |= sorted[i].same == same_is_rarer;
    }
    made->levels[made->count - 1].beside_the_rarer |= next.beside_the_rarer;
    made->levels[made->count++] = next;
  }
  made->levels[made->count - 1].beside_the_rarer = true;
  free(sorted);
  return made;
}

double far_of(const oracle *of, const level *at) {
  return (double)at->different / (double)of->different;
}

double tar_of(const oracle *of, const level *at) {
  return (double)at->same / (double)of->same;
}

double threshold_of(const oracle *of, size_t i) {
  const float at = of->levels[i].distance;
  if (i == 0 || i + 1 == of->count || of->levels[i + 1].distance == INFINITY)
    return at;
  return ((double)at + of->levels[i + 1].distance) / 2;
}

/* How many levels a threshold can reach: what is not finite lies beyond all of them. */
static size_t reachable(const oracle *of) {
  return of->count - (of->levels[of->count - 1].distance == INFINITY);
}

/* Pair by pair where they are few; else level by level. */
static double auc_of(const pair_list *list, const oracle *of) {
  double sum = 0;
  for (size_t i = 0; list->count < FEW_PAIRS && i < list->count; i++)
    for (size_t j = 0; list->pairs[i].same && j < list->count; j++)
      if (!list->pairs[j].same)
        sum += list->pairs[i].distance < list->pairs[j].distance    ? 1
               : list->pairs[i].distance == list->pairs[j].distance ? 0.5
                                                                    : 0;
  for (size_t i = 1; list->count >= FEW_PAIRS && i < of->count; i++) {
    const level *before = &of->levels[i - 1], *at = &of->levels[i];
    sum += (double)(at->same - before->same) *
           ((double)(of->different - at->different) + 0.5 * (double)(at->different - before->different));
  }
  return sum / (double)of->same / (double)of->different;
}

/* The first crossing of FAR = 1 - TAR on the lines between neighbours. */
static double eer_of(const oracle *of) {
  for (size_t i = 1; i < of->count; i++) {
    const double x0 = far_of(of, &of->levels[i - 1]), y0 = 1 - tar_of(of, &of->levels[i - 1]);
    const double x1 = far_of(of, &of->levels[i]), y1 = 1 - tar_of(of, &of->levels[i]);
    if (x1 >= y1)
      return x0 + (x1 - x0) * (y0 - x0) / ((y0 - x0) + (x1 - y1));
  }
  return NAN;
}

/* Of the points beside a pair of the rarer kind, in whole numbers. */
static double eer_threshold_of(const oracle *of) {
  size_t best = 0;
  int64_t least = INT64_MAX;
  for (size_t i = 0; i < reachable(of); i++) {
    const level *at = &of->levels[i];
    const int64_t off = llabs(at->same * of->different + at->different * of->same - of->same * of->different);
    if (at->beside_the_rarer && off < least) {
      least = off;
      best = i;
    }
  }
  return threshold_of(of, best);
}

static int64_t right_at(const oracle *of, const level *at) {
  return at->same + of->different - at->different;
}

static size_t most_accurate(const oracle *of) {
  size_t best = 0;
  for (size_t i = 1; i < reachable(of); i++)
    if (right_at(of, &of->levels[i]) > right_at(of, &of->levels[best]))
      best = i;
  return best;
}

static size_t level_at_far(const oracle *of, double far) {
  size_t best = 0;
  for (size_t i = 1; i < reachable(of); i++)
    if (far_of(of, &of->levels[i]) <= far && of->levels[i].same > of->levels[best].same)
      best = i;
  return best;
}

/* The levels where the curve turns, the first and the last. */
static size_t list_corners(const oracle *of, size_t *corners) {
  size_t count = 0;
  for (size_t i = 0; i < of->count; i++) {
    bool turns = i == 0 || i + 1 == of->count;
    if (!turns) {
      const level *a = &of->levels[corners[count - 1]], *b = &of->levels[i], *c = &of->levels[i + 1];
      turns =
          (b->same - a->same) * (c->different - b->different) != (b->different - a->different) * (c->same - b->same);
    }
    if (turns)
      corners[count++] = i;
  }
  return count;
}

/* ---- what was found is that -------------------------------------------------------------------------------------- */

static void assert_near(double got, double expected, const char *what) {
  if (!(fabs(got - expected) <= 1e-12 || (isnan(got) && isnan(expected)) || got == expected))
    fail_msg("%s: got %.17g, expected %.17g", what, got, expected);
}

static void assert_point(const triplet_operating_point *got, const oracle *of, size_t i, double threshold) {
  assert_near(got->threshold, threshold, "threshold of a point");
  assert_near(got->far, far_of(of, &of->levels[i]), "FAR of a point");
  assert_near(got->tar, tar_of(of, &of->levels[i]), "TAR of a point");
}

static void assert_whole_curve(const triplet_verification *found, const oracle *of, const size_t *corners,
                               size_t count) {
  assert_int_equal(found->curve_count, count);
  for (size_t i = 0; i < count; i++)
    assert_point(&found->curve[i], of, corners[i], of->levels[corners[i]].distance);
}

/* Some of the corners, in order, the first and the last, and none that is left out is far from one that is not. */
static void assert_thinned_curve(const triplet_verification *found, const oracle *of, const size_t *corners,
                                 size_t count) {
  const double most = 2 / (double)(found->curve_capacity - 1);
  assert_in_range(found->curve_count, 2, found->curve_capacity);
  size_t next = 0;
  double last = 0;
  for (size_t i = 0; i < count; i++) {
    const level *at = &of->levels[corners[i]];
    const double along = far_of(of, at) + tar_of(of, at);
    if (next < found->curve_count && found->curve[next].threshold == (double)at->distance) {
      assert_point(&found->curve[next], of, corners[i], at->distance);
      next++;
      last = along;
    } else {
      assert_true(i > 0 && i + 1 < count && along - last <= most + 1e-12);
    }
  }
  assert_int_equal(next, found->curve_count);
}

void assert_figures(const triplet_verification *found, const pair_list *list, const oracle *of, triplet_doubles far) {
  const bool both = of->same && of->different;
  assert_near(found->auc, both ? auc_of(list, of) : NAN, "AUC");
  assert_near(found->eer, both ? eer_of(of) : NAN, "EER");
  assert_near(found->eer_threshold, both ? eer_threshold_of(of) : NAN, "threshold of the EER");
  for (size_t i = 0; i < far.count; i++) {
    const size_t at = level_at_far(of, far.data[i]);
    if (both)
      assert_point(&found->at_far[i], of, at, threshold_of(of, at));
    else
      assert_true(isnan(found->at_far[i].far) && isnan(found->at_far[i].tar) && isnan(found->at_far[i].threshold));
  }

  size_t *corners = malloc((of->count + 1) * sizeof *corners);
  const size_t count = list_corners(of, corners);
  if (!both)
    assert_int_equal(found->curve_count, 0);
  else if (found->curve && count <= found->curve_capacity)
    assert_whole_curve(found, of, corners, count);
  else if (found->curve)
    assert_thinned_curve(found, of, corners, count);
  free(corners);
}

static void assert_judged_threshold(const triplet_verification *found, const oracle *of, double threshold) {
  size_t judged = 0;
  while (judged + 1 < of->count && of->levels[judged + 1].distance <= threshold)
    judged++;
  if (threshold < INFINITY) {
    assert_point(&found->judged, of, judged, threshold);
    assert_near(found->judged_accuracy, (double)right_at(of, &of->levels[judged]) / (double)(of->same + of->different),
                "judged");
  } else {
    assert_true(isnan(found->judged.threshold) && isnan(found->judged.far) && isnan(found->judged.tar));
    assert_true(isnan(found->judged_accuracy));
  }
}

void assert_found(const triplet_verification *found, const pair_list *list, triplet_doubles far, double threshold) {
  oracle *of = oracle_of(list);
  const bool both = of->same && of->different;
  const size_t best = most_accurate(of);
  assert_int_equal(found->same, of->same);
  assert_int_equal(found->different, of->different);
  assert_int_equal(found->used, of->same <= of->different ? of->same : of->different);
  assert_figures(found, list, of, far);
  assert_near(found->accuracy, both ? (double)right_at(of, &of->levels[best]) / (double)list->count : NAN, "accuracy");
  assert_near(found->threshold, both ? threshold_of(of, best) : NAN, "threshold");
  assert_judged_threshold(found, of, threshold);
  free(of);
}
