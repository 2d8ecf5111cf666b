/* roc.c - the figures of a verification. What is counted stays whole numbers up to the last division, so that figures
 * are exact, however many pairs there are. */
#include "roc.h"

#include "wide.h"

/* ---- the curve, step by step ------------------------------------------------------------------------------------- */

/* Pairs that are accepted next: all at one distance, or of the commoner kind alone, between two distances of the rarer.
 * Either way the curve is a straight line over them. */
typedef struct step {
  uint64_t same, different;
  float low, high; /* their least and their largest distance */
} step;

static size_t steps_of(const triplet_placed *of) {
  return 2 * (of->count + 1);
}

static step step_at(const triplet_placed *of, size_t at) {
  const size_t i = at / 2;
  const triplet_bucket *bucket = &of->buckets[i];
  if (at % 2 == 0)
    return (step){of->same_is_rarer ? 0 : bucket->between, of->same_is_rarer ? bucket->between : 0, bucket->low,
                  bucket->high};
  const uint64_t rarer = i < of->count ? of->counts[i] : of->infinite;
  const float distance = i < of->count ? of->distances[i] : INFINITY;
  return (step){of->same_is_rarer ? rarer : bucket->at, of->same_is_rarer ? bucket->at : rarer, distance, distance};
}

/* What a threshold accepts. */
typedef struct point {
  uint64_t same, different;
  float high;  /* the largest distance that is accepted; -infinity: nothing is */
  size_t next; /* the step that follows, which has pairs; steps_of(): none is left */
} point;

static size_t step_with_pairs(const triplet_placed *of, size_t from) {
  for (; from < steps_of(of); from++) {
    const step at = step_at(of, from);
    if (at.same || at.different)
      break;
  }
  return from;
}

static point first_point(const triplet_placed *of) {
  return (point){.high = -INFINITY, .next = step_with_pairs(of, 0)};
}

static bool is_last(const triplet_placed *of, point at) {
  return at.next == steps_of(of);
}

static point point_after(const triplet_placed *of, point before) {
  const step taken = step_at(of, before.next);
  return (point){before.same + taken.same, before.different + taken.different, taken.high,
                 step_with_pairs(of, before.next + 1)};
}

static uint64_t same_of(const triplet_placed *of) {
  return of->same_is_rarer ? of->used : of->commoner;
}

static uint64_t different_of(const triplet_placed *of) {
  return of->same_is_rarer ? of->commoner : of->used;
}

static double far_at(const triplet_placed *of, point at) {
  return triplet_mean((double)at.different, different_of(of));
}

static double tar_at(const triplet_placed *of, point at) {
  return triplet_mean((double)at.same, same_of(of));
}

/* What is not finite lies beyond every threshold, though the curve ends behind it. */
static bool is_beyond(point at) {
  return at.high == INFINITY;
}

/* In the middle between what is accepted and what is not. */
static double threshold_at(const triplet_placed *of, point at) {
  if (is_last(of, at) || at.high == -INFINITY)
    return at.high;
  const float next = step_at(of, at.next).low;
  return triplet_is_finite(next) ? ((double)at.high + next) / 2 : at.high;
}

static triplet_operating_point operating_point(const triplet_placed *of, point at) {
  return (triplet_operating_point){threshold_at(of, at), far_at(of, at), tar_at(of, at)};
}

/* ---- figures ----------------------------------------------------------------------------------------------------- */

/* Twice the pairs of pairs in which the same is nearer, and once those at one distance: Mann and Whitney's (1947) U. */
static double auc_of(const triplet_placed *of) {
  const uint64_t different = different_of(of);
  triplet_wide sum = {0, 0};
  for (point at = first_point(of); !is_last(of, at); at = point_after(of, at)) {
    const step next = step_at(of, at.next);
    const uint64_t farther = 2 * (different - at.different) - next.different;
    sum = triplet_wide_sum(sum, triplet_wide_product(next.same, farther));
  }
  return triplet_wide_quotient(sum, triplet_wide_product(2 * same_of(of), different));
}

/* FAR + TAR of a point, and what it is where FAR = 1 - TAR, both times the pairs of either kind. */
static triplet_wide sum_of_rates(const triplet_placed *of, point at) {
  return triplet_wide_sum(triplet_wide_product(at.same, different_of(of)),
                          triplet_wide_product(at.different, same_of(of)));
}

static void write_eer(const triplet_placed *of, triplet_verification *into) {
  const triplet_wide level = triplet_wide_product(same_of(of), different_of(of));
  point before = first_point(of), after = point_after(of, before);
  while (triplet_wide_less(sum_of_rates(of, after), level)) {
    before = after;
    after = point_after(of, after);
  }
  const triplet_wide below = triplet_wide_difference(level, sum_of_rates(of, before));
  const triplet_wide above = triplet_wide_difference(sum_of_rates(of, after), level);
  const double from = far_at(of, before), to = far_at(of, after);
  into->eer = from + (to - from) * triplet_wide_quotient(below, triplet_wide_sum(below, above));
  into->eer_threshold = threshold_at(of, triplet_wide_less(above, below) && !is_beyond(after) ? after : before);
}

/* Pairs that are told right, those of a sample by how many they stand for. */
static triplet_wide told_right(const triplet_placed *of, uint64_t same, uint64_t different) {
  const bool sampled = of->used < of->rarer;
  const uint64_t of_rarer = sampled ? of->rarer : 1, of_commoner = sampled ? of->used : 1;
  return triplet_wide_sum(triplet_wide_product(same, of->same_is_rarer ? of_rarer : of_commoner),
                          triplet_wide_product(different, of->same_is_rarer ? of_commoner : of_rarer));
}

static double accuracy_of(const triplet_placed *of, triplet_wide right) {
  const triplet_wide all = told_right(of, same_of(of), different_of(of));
  return all.high || all.low ? triplet_wide_quotient(right, all) : (double)triplet_canonical_nan();
}

static triplet_wide right_at(const triplet_placed *of, point at) {
  return told_right(of, at.same, different_of(of) - at.different);
}

static void write_accuracy(const triplet_placed *of, triplet_verification *into) {
  point best = first_point(of);
  triplet_wide most = right_at(of, best);
  for (point at = best; !is_last(of, at);) {
    at = point_after(of, at);
    const triplet_wide right = right_at(of, at);
    if (triplet_wide_less(most, right) && !is_beyond(at)) {
      best = at;
      most = right;
    }
  }
  into->accuracy = accuracy_of(of, most);
  into->threshold = threshold_at(of, best);
}

static triplet_operating_point point_at_far(const triplet_placed *of, double far) {
  point best = first_point(of);
  for (point at = best; !is_last(of, at);) {
    at = point_after(of, at);
    if (far_at(of, at) > far || is_beyond(at))
      break;
    if (at.same > best.same)
      best = at;
  }
  return operating_point(of, best);
}

static void write_judged(const triplet_placed *of, double threshold, triplet_verification *into) {
  uint64_t rarer = 0;
  for (size_t i = 0; i < of->count && of->distances[i] <= threshold; i++)
    rarer += of->counts[i];
  const point at = {.same = of->same_is_rarer ? rarer : of->judged,
                    .different = of->same_is_rarer ? of->judged : rarer};
  into->judged = (triplet_operating_point){threshold, far_at(of, at), tar_at(of, at)};
  into->judged_accuracy = accuracy_of(of, right_at(of, at));
}

/* ---- the corners of the curve ------------------------------------------------------------------------------------ */

/* Whether the curve turns at a point that is reached by a step. */
static bool turns(const triplet_placed *of, step by, point at) {
  if (is_last(of, at))
    return true;
  const step next = step_at(of, at.next);
  return !triplet_wide_is(triplet_wide_product(by.same, next.different), triplet_wide_product(by.different, next.same));
}

/* The first corner, from a point on. */
static point corner_after(const triplet_placed *of, point at) {
  for (;;) {
    const step by = step_at(of, at.next);
    at = point_after(of, at);
    if (turns(of, by, at))
      return at;
  }
}

static triplet_operating_point corner(const triplet_placed *of, point at) {
  return (triplet_operating_point){at.high, far_at(of, at), tar_at(of, at)};
}

/* Of more corners than there is room for the first in each of so many parts of the curve, which are equally long, and
 * the last. */
static size_t write_corners(const triplet_placed *of, triplet_operating_point *curve, size_t capacity) {
  size_t corners = 1, written = 1, part = 0;
  for (point at = first_point(of); !is_last(of, at); corners++)
    at = corner_after(of, at);
  point at = first_point(of);
  curve[0] = corner(of, at);
  while (!is_last(of, at)) {
    at = corner_after(of, at);
    const double along = (far_at(of, at) + tar_at(of, at)) / 2 * (double)(capacity - 1);
    const size_t reached = (size_t)along < capacity - 2 ? (size_t)along : capacity - 2;
    if (corners > capacity && reached == part && !is_last(of, at))
      continue;
    part = reached;
    curve[written++] = corner(of, at);
  }
  return written;
}

/* ---- all of them ------------------------------------------------------------------------------------------------- */

void triplet_roc_write(const triplet_placed *of, triplet_doubles far, double threshold, triplet_verification *into) {
  const double nothing = (double)triplet_canonical_nan();
  const triplet_operating_point nowhere = {nothing, nothing, nothing};
  const bool both = of->used && of->commoner;
  into->same = of->same_is_rarer ? of->rarer : of->commoner;
  into->different = of->same_is_rarer ? of->commoner : of->rarer;
  into->used = of->used;
  into->curve_count = 0;
  into->auc = into->eer = into->eer_threshold = into->accuracy = into->threshold = into->judged_accuracy = nothing;
  into->judged = nowhere;

  for (size_t i = 0; i < far.count && into->at_far; i++)
    into->at_far[i] = both ? point_at_far(of, far.data[i]) : nowhere;
  if (threshold < INFINITY)
    write_judged(of, threshold, into);
  if (!both)
    return;
  into->auc = auc_of(of);
  write_eer(of, into);
  write_accuracy(of, into);
  if (into->curve)
    into->curve_count = write_corners(of, into->curve, into->curve_capacity);
}
