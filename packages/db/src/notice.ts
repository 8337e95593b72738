/** Tells whoever runs the process what happens to its connections, where no call fails of it. */
export type Notice = (message: string, error?: unknown) => void;
