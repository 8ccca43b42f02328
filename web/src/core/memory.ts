// What the browser remembers of the reader's choices. A page without storage forgets them, and nothing else.

export function stored(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

export function store(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch {
    // Forgotten.
  }
}
