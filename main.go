// Plumbline tracks what technology companies supply to armed forces, with sources.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
	"github.com/gin-gonic/gin"

	"plumbline/models"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run parses arguments and runs a command. It gives the exit code: 0 when all went well, 1 when
// the command failed, 2 when the arguments are wrong, 3 when verify found problems.
func run(args []string, stdout, stderr *os.File) int {
	gin.SetMode(gin.ReleaseMode) // otherwise gin prints routes to standard output
	var c commands
	parser, err := kong.New(&c,
		kong.Name("plumbline"),
		kong.Description("Tracks what technology companies supply to armed forces, with sources."),
		kong.UsageOnError(),
		kong.Writers(stdout, stderr),
		kong.Vars{"version": version()})
	if err != nil {
		fmt.Fprintln(stderr, "plumbline:", err)
		return 1
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(stderr, "plumbline: %v\nRun \"plumbline --help\" for the commands and settings.\n", err)
		return 2
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	parsed.BindTo(ctx, (*context.Context)(nil))
	settings, err := c.Settings.absolute()
	if err != nil {
		return exitCode(err, stderr)
	}
	return exitCode(parsed.Run(&app{settings: settings, stdout: stdout, stderr: stderr}), stderr)
}

// errFound is the end of a verify that found problems and has printed them.
var errFound = errors.New("the database is not what its log says")

func exitCode(err error, stderr *os.File) int {
	var forPeople *models.Error
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errFound):
		return 3
	case errors.Is(err, context.Canceled): // a signal ends the commands' context, and nothing else does
		fmt.Fprintln(stderr, "plumbline: Stopped before it was done.")
	case errors.As(err, &forPeople):
		fmt.Fprintln(stderr, "plumbline:", forPeople.Error())
	default:
		fmt.Fprintln(stderr, "plumbline: something went wrong that should not have:", err)
	}
	return 1
}
