// The words of the page in English; pl.ts has the same keys, which its type and a test see to.

export const en = {
  // Top
  title: "Ravine lab", lab: "Networks", landscape: "Landscape", run: "Run", pause: "Pause", step: "Step", stepBy: "Steps at once",
  reset: "Reset", resetHint: "Back to the same initial weights", newSeed: "New seed", newSeedHint: "Other initial weights",
  speed: "Speed", fastest: "full speed", perSecond: "steps/s", stopRule: "Stop", stopNone: "never", stopSteps: "after steps",
  stopTrainLoss: "at training loss", stopTestLoss: "at test loss", stopTestAccuracy: "at test accuracy",
  language: "Language", light: "Light theme", dark: "Dark theme", export: "Export", copyLink: "Copy a link to this set-up; it opens in the reader’s own Ravine lab", copied: "The link is copied; it opens in the lab that the reader has running",
  report: "Report (HTML)", notebook: "Notebook", code: "Python program", record: "Record (JSON)", weightsOf: "Model of {lane}",
  help: "Keys and help", close: "Close", loading: "Loading", skip: "To the curves", dismiss: "Dismiss",
  running: "running", stopped: "stopped", failed: "failed", diverged: "diverged", paused: "paused", compiling: "compiling",
  epoch: "epoch", lost: "The connection is lost; trying again",
  gone: "The run is gone; it was begun anew",
  kernelSilent: "The kernel does not answer: it is busy with a cell, or gone; then run the lab’s cell again",
  refusedAll: "The server was started anew and does not know this page: open the address that it printed",
  badLink: "The link holds no readable configuration; the default one is shown",
  recorded: "recording", playing: "playing", recordingFixed: "This is a recording: nothing of it can be changed or computed anew",
  // Keys
  keySpace: "run or pause", keyDot: "one step", keyReset: "reset", keyScrub: "back and forth on the time line", keyLanes: "show lane 1 to 8",
  keyHelp: "this help", keyNeurons: "from neuron to neuron", keyEnter: "keep a neuron open to edit its weights",
  helpText: "Every optimiser begins at the same weights and sees the same batches. What a lane's colour means, its dash means too.",
  // Data
  setup: "Set-up", lessons: "Lessons", data: "Data", examples: "Examples", noise: "Noise", testShare: "Test share", classes: "Classes",
  dataSeed: "Data seed", paintHint: "Choose a class and press into the map; an erased point is taken out again.", brush: "Brush",
  erase: "Eraser", clear: "Clear", ownTable: "Own table (CSV)", csvFile: "CSV file", target: "Column to predict", upload: "Use it",
  tableLimits: "At most {rows} rows, {columns} columns and {size} MB. All rows are used.", partsOf: "Training: {train}, test: {test} examples.",
  targetScaled: "Losses and pictures show the target less {shift}, divided by {scale}; answers are in its own units.",
  uploaded: "{name}: {rows}, predicting {target}", missingData: "Not on this machine: ravine data fetch {name}", classN: "class {k}",
  batch: "Batch", batchFull: "all examples", batchMini: "mini-batch", batchSingle: "one example", batchStream: "stream",
  size: "Size", loss: "Loss", lossAuto: "default for the task", training: "Training", seed: "Seed",
  // Network
  network: "Network", layer: "Layer", layerN: "Layer {k}", units: "Units", activation: "Activation", dropout: "Dropout", initializer: "Initial weights",
  normalization: "Normalisation", noneOf: "none", batchNorm: "batch", layerNorm: "layer", addLayer: "Add a layer",
  removeLayer: "Remove layer {k}", moreOf: "More of layer {k}", moreUnits: "One unit more in layer {k}", fewerUnits: "One unit fewer in layer {k}",
  handSet: "The weights begin as they were set by hand.", input: "input", inputN: "x{k}, input {k}", networkPicture: "Picture of the network", output: "output", outputN: "Output {k}",
  unitN: "Layer {layer}, unit {k}", bias: "bias", weightFrom: "weight from {from}", editHint: "Press to edit the weights", weightN: "Weight from {from} to {to}",
  summarised: "{count} drawn of {all}", mean: "mean", deviation: "deviation", norm: "norm", closeNeuron: "Close the neuron",
  value: "value", notFinite: "not a number",
  // Lanes
  lanes: "Optimisers", lane: "Lane {k}", addLane: "Add an optimiser", removeLane: "Remove lane {k}", rule: "Rule of lane {k}", rate: "rate",
  rateOf: "Rate of lane {k}", schedule: "Schedule", span: "Span in steps", settingsOf: "Settings of lane {k}", showLane: "Show lane {k}", laneOn: "Takes part",
  divergedAt: "diverged at step {step}", off: "off", fullBatchOnly: "meant for all examples at once",
  // Pictures
  answers: "Answers", answersOf: "Answers of {lane}", together: "All", alone: "One", testPoints: "test points",
  certainty: "stronger colour: surer", samples: "Examples of the data", onTable: "The data have {inputs}, so there is no map; see the other pictures.",

  // Curves
  curves: "Curves", lossCurve: "Loss", accuracyCurve: "Accuracy", evaluated: "training and test", batches: "batches (band)",
  shown: "Shown", smooth: "Smoothing", logAxis: "log", axis: "Axis", axisStep: "steps", axisEpoch: "epochs", axisTime: "seconds",
  test: "test", trainThin: "thick: test, thin: training", bandHint: "line: smoothed mean, band: least to greatest batch loss", table: "Table", plot: "Plot",
  trainLoss: "Training loss", testLoss: "Test loss", trainAccuracy: "Training accuracy", testAccuracy: "Test accuracy", ruleName: "Optimiser",
  // Instruments
  instruments: "Instruments", gradients: "Gradients", histograms: "Activations", ratios: "Updates", surface: "Loss surface", confusion: "Confusion",
  residuals: "Residuals", draw: "Draw", probe: "Try an input", gradientHint: "Norm of the gradient per layer, from input to output",
  ratioHint: "Length of the next update over the length of the weights; about 0.001 is common", dead: "dead", saturated: "saturated",
  histogramHint: "Outputs of the units of each layer over the examples, of {lane}", confusionHint: "Rows: true class, columns: answer of {lane}", residualHint: "Output minus target, over the target, of {lane}",
  targetAxis: "target", residualAxis: "output − target", surfaceHint: "The plane of greatest spread through the paths of all lanes; {share} of their variance is not in it.",
  compute: "Compute", surfaceAsk: "Takes the paths so far, lays the plane through them and computes the loss on it exactly.", stale: "as of step {step}",
  drawHint: "Draw with the pointer, or with arrows and Space.", anExample: "An example", outputsOf: "Outputs of each layer, of {lane}",
  x: "x{k}", answer: "Answer", preparing: "Being prepared…",
  // Landscape
  function: "Function", start: "Start", steps: "Steps", replay: "Again", relief: "3D view",
  dragStart: "Drag the start, or move it with the arrows.", turnRelief: "Drag to turn the view, or use the arrows.", minimum: "minimum", fromLanes: "Optimisers of the lab",
  classics: "The classics",
  // Lessons
  lessonList: "All lessons", setUp: "Set it up", question: "Question", showAnswer: "Show the answer", hideAnswer: "Hide the answer", next: "Next", previous: "Previous",
  // Time
  timeline: "Time line", fork: "Fork", forkHint: "Go on from here and forget what came after", latest: "Latest", stepOf: "Step {step}", stepOfEnd: "Step {step} of {end}",
  forked: "Forked at step {step}",
  // Fields
  between: "a number from {low} to {high}", least: "a number from {low} on",
  // Teaching
  fileName: "ravine-run", firstCompared: "First the run to compare with: {title}", givenUp: "given up at step {step}", comparedWith: "grey:",
  columnsOf: "Predicted: {target}, from {columns}.",
  // Pictures
  ownScale: "The outputs of a unit are shown relative to its largest one; zero has the colour of the background. A thicker line is a larger weight.", deadUnit: "dead unit",
  deadHint: "Crossed out: a unit whose output is the same for all examples",
} as const;

export type Word = keyof typeof en;

/** Words that count: the forms that Intl.PluralRules names in the language. */
export const enCounts = {
  row: { one: "{n} row", other: "{n} rows" },
  parameter: { one: "{n} parameter", other: "{n} parameters" },
  inputCount: { one: "{n} input", other: "{n} inputs" },
  example: { one: "{n} example", other: "{n} examples" },
  stepCount: { one: "{n} step", other: "{n} steps" },
  point: { one: "{n} point", other: "{n} points" },
} as const;

export type Count = keyof typeof enCounts;
