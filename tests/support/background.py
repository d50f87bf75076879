"""What goes on beside a test."""
import threading


class Background:
    """Does `step` again and again while the block runs, in so many threads, with a pause behind each."""

    def __init__(self, pause=0.0, threads=1):
        self.over, self.pause = threading.Event(), pause
        self.threads = [threading.Thread(target=self.run) for _ in range(threads)]

    def step(self):
        raise NotImplementedError

    def run(self):
        while not self.over.is_set():
            self.step()
            self.over.wait(self.pause)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()
