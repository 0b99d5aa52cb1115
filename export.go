package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"plumbline/models"
	"plumbline/services/exports"
)

// Run writes the records in a format. A file that was not written to its end is taken away.
func (c exportCommand) Run(ctx context.Context, a *app) error {
	format, err := exports.FormatNamed(c.Format)
	if err != nil {
		return err
	}
	scope, err := c.scope()
	if err != nil {
		return err
	}
	s, db, err := a.withoutKey(ctx)
	if err != nil {
		return err
	}
	defer db.Close()

	out, done, err := c.open(a)
	if err != nil {
		return err
	}
	collectSeldom()
	bar := newBar(a.stderr)
	scope.Progress = bar.show
	buffered := bufio.NewWriterSize(out, 1<<16)
	err = exports.Write(ctx, s, models.Actor{}, format, scope, strings.TrimRight(c.Site, "/"), buffered)
	bar.clear()
	if err == nil {
		err = buffered.Flush()
	}
	return done(err)
}

// scope reads what is to be written.
func (c exportCommand) scope() (exports.Scope, error) {
	filters := url.Values{}
	for _, filter := range c.Filter {
		name, value, ok := strings.Cut(filter, "=")
		if !ok {
			return exports.Scope{}, models.Errorf(models.ErrInvalid, "--filter %s: write NAME=VALUE, such as status=disabled.", filter)
		}
		filters.Add(name, value)
	}
	return exports.ScopeOf(c.List, c.Case, filters)
}

// open gives where to write, and what to do at the end. A file is written beside and then named, so
// that an export that fails or is killed leaves what was there before. What is no file, such as a
// pipe or a device, is written to and left.
func (c exportCommand) open(a *app) (io.Writer, func(error) error, error) {
	if c.Output == "" {
		return a.stdout, func(err error) error { return err }, nil
	}
	refused := models.Errorf(models.ErrInvalid, "%s cannot be written. Choose another place with --output.", c.Output)
	path, beside, mode := c.Output, true, os.FileMode(0o666)
	if whole, err := filepath.EvalSymlinks(path); err == nil {
		path = whole
	}
	if found, err := os.Stat(path); err == nil {
		if found.IsDir() {
			return nil, nil, refused
		}
		beside, mode = found.Mode().IsRegular(), found.Mode().Perm()
	}
	to := path
	if beside {
		to = fmt.Sprintf("%s.%d.part", path, os.Getpid())
	}
	file, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil {
		return nil, nil, refused
	}
	return file, func(err error) error {
		if closing := file.Close(); err == nil {
			err = closing
		}
		if beside && err == nil {
			err = os.Rename(to, path)
		}
		if beside && err != nil {
			os.Remove(to)
		}
		if errors.Is(err, syscall.ENOSPC) {
			return models.Errorf(models.ErrInvalid, "%s is full: the export does not fit. Make room, or choose another place with --output.", filepath.Dir(c.Output))
		}
		return err
	}, nil
}
