// The words of the page, in English and Polish: one dictionary per language, the same keys in both (tested).

export const LANGUAGES = ["en", "pl"] as const;
export type Language = (typeof LANGUAGES)[number];

export const WORDS = {
  en: {
    title: "Ravine lab", run: "Run", pause: "Pause", step: "Step", reset: "Reset", newSeed: "New seed", speed: "Speed",
    fastest: "as fast as possible", perSecond: "steps/s", stopRule: "Stop", none: "never", steps: "after steps",
    train_loss: "training loss", test_loss: "test loss", test_accuracy: "test accuracy", language: "Language",
    theme: "Light or dark", exports: "Export", share: "Copy link", copied: "Link copied", help: "Keys",
    data: "Data", noise: "Noise", examples: "Examples", testShare: "Share for testing", classes: "Classes", seed: "Seed",
    upload: "Own table (CSV)", target: "Column to predict", paint: "Paint points", paintHint: "Click into the map to set points of the class",
    clear: "Clear", usePoints: "Train on them", batch: "Batch", full: "all examples", mini: "mini-batch", single: "single example",
    stream: "stream", size: "Size", network: "Network", layer: "Layer", units: "Units", activation: "Activation",
    dropout: "Dropout", initializer: "Initial weights", normalization: "Normalisation", noneOf: "none", batchNorm: "batch",
    layerNorm: "layer", addLayer: "Add a layer", removeLayer: "Remove the layer", loss: "Loss", auto: "natural",
    lanes: "Optimisers", addLane: "Add an optimiser", removeLane: "Remove", rate: "Rate", schedule: "Schedule", on: "on",
    lane: "Lane", showLane: "Show this lane", accuracy: "Accuracy", training: "training", test: "test", smooth: "Smooth",
    log: "Log axis", decision: "What each network answers", step_: "Step", epoch: "Epoch", gradients: "Gradients",
    histograms: "Activations", ratios: "Update / weight", confusion: "Confusion", residuals: "Residuals",
    surface: "Loss surface", draw: "Draw", landscape: "Landscape", lessons: "Lessons", gradientHint: "Norm of the gradient per layer, on a logarithmic scale",
    ratioHint: "Length of the next update over the length of the weights, per layer", dead: "dead", saturated: "saturated",
    confusionHint: "Rows are the true classes", residualsHint: "Output minus target over the target", compute: "Compute",
    surfaceHint: "The plane through the paths of all optimisers; {share} of their variance is not in it", drawHint: "Draw a picture; each layer's outputs are shown",
    answer: "Answer", show: "Set it up", question: "Question", showAnswer: "Show the answer", function: "Function",
    dragHint: "Drag the start", race: "Race", timeline: "Time line", fork: "Fork from here", latest: "latest",
    diverged: "diverged at step {step}", compiling: "compiling", running: "running", paused: "paused", stopped: "stopped",
    failed: "failed", lost: "Connection lost, trying again", parameters: "parameters", weight: "Weight", table: "Table",
    unavailable: "Not here: `ravine data fetch {name}`", report: "Report (HTML)", notebook: "Notebook", code: "Python program",
    weights: "Weights", record: "Record (JSON)", keys: "Space run or pause · . one step · R reset · [ ] scrub · 1–8 lanes · ? this help",
    close: "Close", sample: "An example", output: "Output", rows: "rows", loading: "Loading",
    summarised: "{count} units, summarised",
  },
  pl: {
    title: "Laboratorium Ravine", run: "Uruchom", pause: "Wstrzymaj", step: "Krok", reset: "Od nowa", newSeed: "Nowe ziarno", speed: "Tempo",
    fastest: "najszybciej", perSecond: "kroków/s", stopRule: "Zatrzymaj", none: "nigdy", steps: "po krokach",
    train_loss: "strata uczenia", test_loss: "strata testowa", test_accuracy: "dokładność testowa", language: "Język",
    theme: "Jasny lub ciemny", exports: "Eksport", share: "Kopiuj adres", copied: "Adres skopiowany", help: "Klawisze",
    data: "Dane", noise: "Szum", examples: "Przykłady", testShare: "Część testowa", classes: "Klasy", seed: "Ziarno",
    upload: "Własna tabela (CSV)", target: "Kolumna do przewidzenia", paint: "Maluj punkty", paintHint: "Klikaj w mapę, aby stawiać punkty klasy",
    clear: "Wyczyść", usePoints: "Ucz na nich", batch: "Porcja", full: "wszystkie przykłady", mini: "mini-porcja", single: "pojedynczy przykład",
    stream: "strumień", size: "Wielkość", network: "Sieć", layer: "Warstwa", units: "Neurony", activation: "Aktywacja",
    dropout: "Dropout", initializer: "Wagi początkowe", normalization: "Normalizacja", noneOf: "brak", batchNorm: "wsadowa",
    layerNorm: "warstwowa", addLayer: "Dodaj warstwę", removeLayer: "Usuń warstwę", loss: "Strata", auto: "naturalna",
    lanes: "Optymalizatory", addLane: "Dodaj optymalizator", removeLane: "Usuń", rate: "Współczynnik", schedule: "Harmonogram", on: "włączony",
    lane: "Tor", showLane: "Pokaż ten tor", accuracy: "Dokładność", training: "uczenie", test: "test", smooth: "Wygładź",
    log: "Oś logarytmiczna", decision: "Co odpowiada każda sieć", step_: "Krok", epoch: "Epoka", gradients: "Gradienty",
    histograms: "Aktywacje", ratios: "Zmiana / waga", confusion: "Pomyłki", residuals: "Reszty",
    surface: "Powierzchnia straty", draw: "Rysuj", landscape: "Krajobraz", lessons: "Lekcje", gradientHint: "Norma gradientu w każdej warstwie, skala logarytmiczna",
    ratioHint: "Długość najbliższej zmiany wag przez długość wag, w każdej warstwie", dead: "martwe", saturated: "nasycone",
    confusionHint: "Wiersze to prawdziwe klasy", residualsHint: "Odpowiedź minus cel w zależności od celu", compute: "Oblicz",
    surfaceHint: "Płaszczyzna przez ścieżki wszystkich optymalizatorów; {share} ich wariancji leży poza nią", drawHint: "Narysuj obrazek; widać wyjścia każdej warstwy",
    answer: "Odpowiedź", show: "Ustaw", question: "Pytanie", showAnswer: "Pokaż odpowiedź", function: "Funkcja",
    dragHint: "Przeciągnij punkt startu", race: "Wyścig", timeline: "Oś czasu", fork: "Rozgałęź stąd", latest: "najnowszy",
    diverged: "rozbiegł się w kroku {step}", compiling: "kompilacja", running: "uczy się", paused: "wstrzymane", stopped: "zatrzymane",
    failed: "błąd", lost: "Połączenie zerwane, próbuję ponownie", parameters: "parametrów", weight: "Waga", table: "Tabela",
    unavailable: "Nie ma tu tych danych: `ravine data fetch {name}`", report: "Raport (HTML)", notebook: "Notatnik", code: "Program w Pythonie",
    weights: "Wagi", record: "Zapis (JSON)", keys: "Spacja: uruchom lub wstrzymaj · . jeden krok · R od nowa · [ ] oś czasu · 1–8 tory · ? ta pomoc",
    close: "Zamknij", sample: "Przykład", output: "Wyjście", rows: "wierszy", loading: "Wczytywanie",
    summarised: "neuronów: {count}, w skrócie",
  },
} as const satisfies Record<Language, Record<string, string>>;

export type Word = keyof (typeof WORDS)["en"];

let current: Language = "en";

export function language(): Language {
  return current;
}

export function setLanguage(next: string): void {
  current = (LANGUAGES as readonly string[]).includes(next) ? (next as Language) : "en";
  document.documentElement.lang = current;
}

export function t(word: Word, values: Record<string, string | number> = {}): string {
  return WORDS[current][word].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}

export function number(value: number | null | undefined, digits = 3): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  const options = size !== 0 && (size < 1e-3 || size >= 1e5)
    ? { notation: "scientific" as const, maximumFractionDigits: 1 }
    : { maximumSignificantDigits: digits };
  return new Intl.NumberFormat(current, options).format(value);
}

export function whole(value: number): string {
  return new Intl.NumberFormat(current).format(value);
}
