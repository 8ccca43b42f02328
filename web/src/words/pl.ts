// Słowa strony po polsku; klucze są te same co w en.ts.

import type { Count, Word } from "./en.ts";

export const pl: Record<Word, string> = {
  // Góra
  title: "Laboratorium Ravine", lab: "Sieci", landscape: "Krajobraz", run: "Start", pause: "Pauza", step: "Krok", stepBy: "Ile kroków naraz",
  reset: "Od nowa", resetHint: "Powrót do tych samych wag początkowych", newSeed: "Nowe ziarno", newSeedHint: "Inne wagi początkowe",
  speed: "Tempo", fastest: "pełna prędkość", perSecond: "kroków/s", stopRule: "Stop", stopNone: "nigdy", stopSteps: "po liczbie kroków",
  stopTrainLoss: "przy stracie na zbiorze uczącym", stopTestLoss: "przy stracie na zbiorze testowym", stopTestAccuracy: "przy dokładności na zbiorze testowym",
  language: "Język", light: "Motyw jasny", dark: "Motyw ciemny", export: "Eksport", copyLink: "Kopiuj odnośnik do tych ustawień; otwiera się w laboratorium Ravine uruchomionym u czytelnika", copied: "Odnośnik skopiowano; otworzy się w laboratorium uruchomionym u czytelnika",
  report: "Raport (HTML)", notebook: "Notatnik", code: "Program w Pythonie", record: "Zapis (JSON)", weightsOf: "Model: {lane}",
  help: "Klawisze i pomoc", close: "Zamknij", loading: "Wczytywanie", skip: "Do wykresów", dismiss: "Ukryj",
  running: "uczy się", stopped: "zatrzymane", failed: "błąd", diverged: "rozbieżność", paused: "wstrzymane", compiling: "kompilacja",
  epoch: "epoka", lost: "Połączenie zerwane; próbuję ponownie",
  gone: "Przebieg już nie istnieje; rozpoczęto go od nowa",
  kernelSilent: "Jądro nie odpowiada: wykonuje inną komórkę albo już nie działa; wtedy uruchom komórkę laboratorium ponownie",
  refusedAll: "Serwer uruchomiono ponownie i nie zna on tej strony: otwórz adres, który wypisał",
  badLink: "Odnośnik nie zawiera czytelnych ustawień; pokazano domyślne",
  recorded: "nagranie", playing: "odtwarzanie", recordingFixed: "To nagranie: niczego nie można w nim zmienić ani policzyć od nowa",
  // Klawisze
  keySpace: "start lub pauza", keyDot: "jeden krok", keyReset: "od nowa", keyScrub: "wstecz i naprzód na osi czasu", keyLanes: "pokaż tor 1–8",
  keyHelp: "ta pomoc", keyNeurons: "od neuronu do neuronu", keyEnter: "zatrzymaj neuron, aby zmienić jego wagi",
  helpText: "Wszystkie optymalizatory zaczynają od tych samych wag i widzą te same wsady danych. Kolor toru i jego kreskowanie znaczą to samo.",
  // Dane
  setup: "Ustawienia", lessons: "Lekcje", data: "Dane", examples: "Przykłady", noise: "Szum", testShare: "Udział zbioru testowego", classes: "Klasy",
  dataSeed: "Ziarno danych", paintHint: "Wybierz klasę i klikaj w mapę; gumka usuwa punkty.", brush: "Pędzel",
  erase: "Gumka", clear: "Wyczyść", ownTable: "Własna tabela (CSV)", csvFile: "Plik CSV", target: "Kolumna do przewidzenia", upload: "Użyj",
  tableLimits: "Najwyżej {rows} wierszy, {columns} kolumn i {size} MB. Używane są wszystkie wiersze.", partsOf: "Przykłady: do uczenia {train}, do testu {test}.",
  targetScaled: "Strata i obrazy pokazują wartość docelową pomniejszoną o {shift} i podzieloną przez {scale}; odpowiedzi są w jej własnych jednostkach.",
  uploaded: "{name}: {rows}, przewidywana kolumna {target}", missingData: "Nie ma ich na tym komputerze: ravine data fetch {name}", classN: "klasa {k}",
  batch: "Wsad", batchFull: "cały zbiór naraz", batchMini: "mini-wsad", batchSingle: "jeden przykład", batchStream: "strumień",
  size: "Wielkość", loss: "Strata", lossAuto: "domyślna dla zadania", training: "Uczenie", seed: "Ziarno",
  // Sieć
  network: "Sieć", layer: "Warstwa", layerN: "Warstwa {k}", units: "Neurony", activation: "Aktywacja", dropout: "Dropout", initializer: "Wagi początkowe",
  normalization: "Normalizacja", noneOf: "brak", batchNorm: "wsadowa", layerNorm: "warstwowa", addLayer: "Dodaj warstwę",
  removeLayer: "Usuń warstwę {k}", moreOf: "Więcej ustawień warstwy {k}", moreUnits: "O jeden neuron więcej w warstwie {k}", fewerUnits: "O jeden neuron mniej w warstwie {k}",
  handSet: "Wagi początkowe ustawiono ręcznie.", input: "wejście", inputN: "x{k}, wejście {k}", networkPicture: "Obraz sieci", output: "wyjście", outputN: "Wyjście {k}",
  unitN: "Warstwa {layer}, neuron {k}", bias: "wyraz wolny", weightFrom: "waga z: {from}", editHint: "Naciśnij, aby zmienić wagi", weightN: "Waga: {from} → {to}",
  summarised: "narysowano {count} z {all}", mean: "średnia", deviation: "odchylenie", norm: "norma", closeNeuron: "Zamknij neuron",
  value: "wartość", notFinite: "to nie liczba",
  // Tory
  lanes: "Optymalizatory", lane: "Tor {k}", addLane: "Dodaj optymalizator", removeLane: "Usuń tor {k}", rule: "Reguła toru {k}", rate: "szybkość uczenia η",
  rateOf: "Szybkość uczenia toru {k}", schedule: "Harmonogram", span: "Długość w krokach", settingsOf: "Ustawienia toru {k}", showLane: "Pokaż tor {k}", laneOn: "Bierze udział",
  divergedAt: "rozbieżność od kroku {step}", off: "wyłączony", fullBatchOnly: "do uczenia na całym zbiorze naraz",
  // Obrazy
  answers: "Odpowiedzi", answersOf: "Odpowiedzi: {lane}", together: "Wszystkie", alone: "Jeden", testPoints: "punkty testowe",
  certainty: "mocniejszy kolor: większa pewność", samples: "Przykłady z danych", onTable: "Dane mają {inputs}, więc mapy nie ma; zobacz pozostałe obrazy.",

  // Wykresy
  curves: "Wykresy", lossCurve: "Strata", accuracyCurve: "Dokładność", evaluated: "uczenie i test", batches: "wsady (pasmo)",
  shown: "Widoczne", smooth: "Wygładzanie", logAxis: "log", axis: "Oś", axisStep: "kroki", axisEpoch: "epoki", axisTime: "sekundy",
  test: "test", trainThin: "gruba linia: test, cienka: uczenie", bandHint: "linia: wygładzona średnia, pasmo: od najmniejszej do największej straty wsadu", table: "Tabela", plot: "Wykres",
  trainLoss: "Strata na zbiorze uczącym", testLoss: "Strata na zbiorze testowym", trainAccuracy: "Dokładność na zbiorze uczącym", testAccuracy: "Dokładność na zbiorze testowym", ruleName: "Optymalizator",
  // Przyrządy
  instruments: "Przyrządy", gradients: "Gradienty", histograms: "Aktywacje", ratios: "Zmiany wag", surface: "Powierzchnia straty", confusion: "Pomyłki",
  residuals: "Reszty", draw: "Rysuj", probe: "Sprawdź wejście", gradientHint: "Norma gradientu w każdej warstwie, od wejścia do wyjścia",
  ratioHint: "Długość najbliższej zmiany podzielona przez długość wag; zwykle około 0,001", dead: "martwe", saturated: "nasycone",
  histogramHint: "Wyjścia neuronów każdej warstwy dla przykładów, {lane}", confusionHint: "Wiersze: prawdziwa klasa, kolumny: odpowiedź, {lane}", residualHint: "Odpowiedź minus cel, w zależności od celu, {lane}",
  targetAxis: "cel", residualAxis: "odpowiedź − cel", surfaceHint: "Płaszczyzna największego rozrzutu ścieżek wszystkich torów; {share} ich wariancji leży poza nią.",
  compute: "Oblicz", surfaceAsk: "Bierze dotychczasowe ścieżki, prowadzi przez nie płaszczyznę i dokładnie oblicza na niej stratę.", stale: "stan z kroku {step}",
  drawHint: "Rysuj wskaźnikiem albo strzałkami i spacją.", anExample: "Przykład", outputsOf: "Wyjścia każdej warstwy, {lane}",
  x: "x{k}", answer: "Odpowiedź", preparing: "W przygotowaniu…",
  // Krajobraz
  function: "Funkcja", start: "Start", steps: "Kroki", replay: "Jeszcze raz", relief: "Widok 3D",
  dragStart: "Przeciągnij punkt startu albo przesuń go strzałkami.", turnRelief: "Przeciągnij, aby obrócić widok, albo użyj strzałek.", minimum: "minimum", fromLanes: "Optymalizatory z laboratorium",
  classics: "Klasyczne metody",
  // Lekcje
  lessonList: "Wszystkie lekcje", setUp: "Ustaw", question: "Pytanie", showAnswer: "Pokaż odpowiedź", hideAnswer: "Ukryj odpowiedź", next: "Następna", previous: "Poprzednia",
  // Czas
  timeline: "Oś czasu", fork: "Rozgałęź", forkHint: "Ucz dalej od tego miejsca i zapomnij, co było później", latest: "Najnowszy", stepOf: "Krok {step}", stepOfEnd: "Krok {step} z {end}",
  forked: "Rozgałęziono w kroku {step}",
  // Pola
  between: "liczba od {low} do {high}", least: "liczba od {low}",
  // Nauczanie
  fileName: "ravine-przebieg", firstCompared: "Najpierw przebieg do porównania: {title}", givenUp: "porzucone w kroku {step}", comparedWith: "na szaro:",
  columnsOf: "Przewidywana kolumna: {target}; na podstawie kolumn: {columns}.",
  // Obrazy
  ownScale: "Wartości neuronu pokazano względem największej z nich; zero ma kolor tła. Im grubsza linia, tym większa waga.", deadUnit: "martwy neuron",
  deadHint: "Przekreślony: neuron, którego wartość jest taka sama dla wszystkich przykładów",
};

export const plCounts: Record<Count, Record<"one" | "few" | "many" | "other", string>> = {
  row: { one: "{n} wiersz", few: "{n} wiersze", many: "{n} wierszy", other: "{n} wiersza" },
  parameter: { one: "{n} parametr", few: "{n} parametry", many: "{n} parametrów", other: "{n} parametru" },
  inputCount: { one: "{n} wejście", few: "{n} wejścia", many: "{n} wejść", other: "{n} wejścia" },
  example: { one: "{n} przykład", few: "{n} przykłady", many: "{n} przykładów", other: "{n} przykładu" },
  stepCount: { one: "{n} krok", few: "{n} kroki", many: "{n} kroków", other: "{n} kroku" },
  point: { one: "{n} punkt", few: "{n} punkty", many: "{n} punktów", other: "{n} punktu" },
};

/** The classes of the data sets that come with Ravine, without their numbers. */
export const plClasses: Record<string, string> = {
  outer: "zewnętrzny", inner: "wewnętrzny", upper: "górny", lower: "dolny", same: "zgodne", different: "różne", arm: "ramię", blob: "chmura",
  black: "czarne", white: "białe", solid: "jednolity", vertical: "pionowy", diagonal: "ukośny", horizontal: "poziomy",
};
