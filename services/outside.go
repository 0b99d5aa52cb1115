package services

import "context"

// Outside is the world outside: web pages to read, addresses of others to notify. The program's
// own is outbound.Client, which reaches nothing but public addresses; a nil one reaches nothing.
type Outside interface {
	// Send sends one request and reads the whole answer, whatever its status. ErrInvalid means
	// that the address may not be asked, now or later; ErrUnreachable that it could not be
	// reached or gave no answer of use, so that another time may do.
	Send(ctx context.Context, request OutsideRequest) (OutsideResponse, error)
	// Allows says whether an address may be asked, as far as can be told before it is asked:
	// ErrInvalid when not.
	Allows(ctx context.Context, address string) error
}

// NoServer is the error of an address whose server's name is not known (any more); it holds the
// sentence that says so.
type NoServer struct{ Err error }

// Error is the sentence.
func (e NoServer) Error() string { return e.Err.Error() }

// Unwrap gives the sentence as an error for people.
func (e NoServer) Unwrap() error { return e.Err }

// OutsideRequest is what is sent.
type OutsideRequest struct {
	// Method is GET when "". Redirects are followed for GET and HEAD alone.
	Method string
	URL    string
	Header map[string]string
	Body   []byte
	// Most bounds the body that is read, after decompression; the client's own bound when 0.
	Most int64
}

// OutsideResponse is what came back.
type OutsideResponse struct {
	Status int
	// URL is the address that answered, after redirects.
	URL string
	// MediaType is the Content-Type as sent, parameters included.
	MediaType string
	// Header holds the first value of each field, by its canonical name.
	Header map[string]string
	Body   []byte
}
