package services

import "context"

// Mailer sends letters by mail. The program's own is outbound.Mailer; where none is set, nothing
// is sent and pages show what they would have mailed.
type Mailer interface {
	// Mail hands a letter to the mail server. ErrInvalid means that it can never be sent, such as
	// to what is no address; ErrUnreachable that another time may do.
	Mail(ctx context.Context, letter Letter) error
}

// Letter is a mail in plain text to one address.
type Letter struct {
	To, Subject, Text string
	// Unsubscribe is the address at which its reader ends letters of the kind; "" for letters that
	// come once. A POST of nothing else to it ends them too (RFC 8058).
	Unsubscribe string
}

// Mails reports whether letters can be sent.
func (s *Services) Mails() bool { return s.mailer != nil }
