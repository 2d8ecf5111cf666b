/* strategy.c - which triplets of a batch count. */
#include "strategy.h"

triplet_strategy triplet_strategy_of(const triplet_options *options) {
  static const triplet_strategy minings[] = {
      [TRIPLET_MINING_ALL] = {TRIPLET_POSITIVES_ALL, TRIPLET_NEGATIVES_ALL},
      [TRIPLET_MINING_HARD] = {TRIPLET_POSITIVES_HARD, TRIPLET_NEGATIVES_HARD},
      [TRIPLET_MINING_SEMIHARD] = {TRIPLET_POSITIVES_ALL, TRIPLET_NEGATIVES_SEMIHARD},
      [TRIPLET_MINING_EASY_POSITIVE] = {TRIPLET_POSITIVES_EASY, TRIPLET_NEGATIVES_SEMIHARD},
      [TRIPLET_MINING_DISTANCE_WEIGHTED] = {TRIPLET_POSITIVES_ALL, TRIPLET_NEGATIVES_DISTANCE_WEIGHTED},
      [TRIPLET_MINING_RANDOM] = {TRIPLET_POSITIVES_ALL, TRIPLET_NEGATIVES_RANDOM},
  };
  triplet_strategy strategy = minings[options->mining];
  if (options->mining == TRIPLET_MINING_ALL && options->positives != TRIPLET_POSITIVES_OF_MINING)
    strategy.positives = options->positives;
  if (options->mining == TRIPLET_MINING_ALL && options->negatives != TRIPLET_NEGATIVES_OF_MINING)
    strategy.negatives = options->negatives;
  return strategy;
}

bool triplet_is_picker(const triplet_options *options) {
  const triplet_strategy strategy = triplet_strategy_of(options);
  return strategy.positives != TRIPLET_POSITIVES_ALL || strategy.negatives != TRIPLET_NEGATIVES_ALL;
}

bool triplet_draws_by_distance(const triplet_options *options) {
  return triplet_strategy_of(options).negatives == TRIPLET_NEGATIVES_DISTANCE_WEIGHTED;
}

double triplet_most_triplets(const triplet_options *options, size_t positives, size_t negatives) {
  const triplet_strategy strategy = triplet_strategy_of(options);
  if (!positives || !negatives)
    return 0;
  return (strategy.positives == TRIPLET_POSITIVES_ALL ? (double)positives : 1) *
         (strategy.negatives == TRIPLET_NEGATIVES_ALL ? (double)negatives : 1);
}
