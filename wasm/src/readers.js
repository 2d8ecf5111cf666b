// The options of calls that are to be fast on small data, each read once: engines read names that stand in the code
// several times as fast as those of a list. In the order of the core, which has other options read by its list.
export const READERS = {
  marginLoss: (of) => [
    of.margin, of.swap, of.softMargin, of.reduction, of.convention, of.distance, of.p, of.eps, of.nonfinite,
    of.weights, of.margins, of.gradOutput, of.gradients, of.out,
  ],
};

// Where some of them stand in what marginLoss reads.
export const REDUCTION = 3;
export const WEIGHTS = 9;
export const MARGINS = 10;
export const GRAD_OUTPUT = 11;
export const GRADIENTS = 12;
export const OUT = 13;
