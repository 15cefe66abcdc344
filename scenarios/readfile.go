package scenarios

import (
	"fmt"
	"io"
	"io/fs"
	"os"
)

// ReadFile reads a file of at most so many bytes. Of a longer one, even one without an end, it
// reads no more than shows that it is too long, and returns an error that says so.
func ReadFile(path string, most int) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	data, err := head(file, most)
	if err == nil && len(data) > most {
		return nil, fmt.Errorf("%s has more than %d bytes", path, most)
	}
	return data, err
}

// head reads a file to its end, or as far as shows that it has more than so many bytes after the
// mark of UTF-8, and closes it.
func head(file fs.File, most int) ([]byte, error) {
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, int64(most+len(markUTF8)+1)))
}

// headOf is the head of a file among some.
func headOf(files fs.FS, name string, most int) ([]byte, error) {
	file, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	return head(file, most)
}
