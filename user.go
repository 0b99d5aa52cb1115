package main

import (
	"context"
	"strings"
	"text/tabwriter"
	"time"

	"plumbline/models"
	"plumbline/services"
)

// userCommand looks after accounts, as who runs the program: no sign-in is asked for.
type userCommand struct {
	Create    userCreateCommand    `cmd:"" default:"withargs" help:"Make an account and print its token, or a further token of one that is there."`
	Invite    userInviteCommand    `cmd:"" help:"Print a link with which somebody joins once, within 7 days."`
	List      userListCommand      `cmd:"" help:"List the accounts."`
	Role      userRoleCommand      `cmd:"" help:"Give an account another role, which counts at the very next request."`
	Reset     userResetCommand     `cmd:"" help:"Print a link that sets a new password or passkey once, within a day; for a lost phone or a stolen account with --everything."`
	Suspend   userSuspendCommand   `cmd:"" help:"Switch an account off: its sessions end, its tokens are refused."`
	Unsuspend userUnsuspendCommand `cmd:"" help:"Let a suspended account be used again."`
}

// siteAddress is where people reach this Plumbline, for links.
type siteAddress struct {
	Site string `help:"Address under which people reach this Plumbline, for the link." default:"http://127.0.0.1:8080" placeholder:"URL"`
}

func (s siteAddress) link(secret string) string {
	return strings.TrimSuffix(s.Site, "/") + "/invitations/" + secret
}

type userCreateCommand struct {
	siteAddress
	Name string `arg:"" help:"The account's name; an existing account gets a further token or link."`
	Role string `help:"What the account may do: reader, contributor, editor, steward or admin." default:"editor"`
	Days int    `help:"For how many days the token is valid; 0 for ever." default:"365"`
	Link bool   `help:"Print a link that signs in once, within an hour, in place of a token."`
}

type userInviteCommand struct {
	siteAddress
	Role  string `help:"What the account may do: reader, contributor, editor, steward or admin." default:"contributor"`
	Label string `help:"For whom the link is; admins see it."`
}

type userListCommand struct{}

type userName struct {
	Name string `arg:"" help:"The account's name."`
}

type userRoleCommand struct {
	userName
	Role string `arg:"" help:"reader, contributor, editor, steward or admin."`
}

type userResetCommand struct {
	siteAddress
	userName
	Everything bool `help:"Take away at once every way to sign in that the account has: password, app codes, passkeys, tokens and linked sign-ins; for a phone that was lost, or an account that was stolen."`
}

type userSuspendCommand struct{ userName }

type userUnsuspendCommand struct{ userName }

// Run makes an account and a token or a link that signs in.
func (c userCreateCommand) Run(ctx context.Context, a *app) error {
	s, db, err := a.withoutKey(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	if c.Days < 0 {
		return models.Errorf(models.ErrInvalid, "--days is 0 for ever, or a number of days from now.")
	}
	account, err := s.Account(ctx, services.Operator(), c.Name)
	if isNotFound(err) {
		account, err = s.CreateAccount(ctx, services.Operator(), c.Name, models.Role(c.Role))
	}
	if err != nil {
		return err
	}
	if c.Link {
		secret, err := s.InviteSignIn(ctx, services.Operator(), account)
		if err != nil {
			return err
		}
		a.printf("Account %q (%s). Its link, which signs in once, within an hour:\n%s\n", account.Name, account.Role, c.link(secret))
		return nil
	}
	token, err := s.CreateToken(ctx, services.Operator(), account, time.Duration(c.Days)*24*time.Hour)
	if err != nil {
		return err
	}
	a.printf("Account %q (%s). Its token, shown this once:\n%s\n", account.Name, account.Role, token)
	return nil
}

// Run makes a link to join with.
func (c userInviteCommand) Run(ctx context.Context, a *app) error {
	s, db, err := a.withoutKey(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	secret, _, err := s.Invite(ctx, services.Operator(), services.NewInvitation{Label: c.Label, Role: models.Role(c.Role)})
	if err != nil {
		return err
	}
	a.printf("A link to join as %s, which works once, within 7 days:\n%s\n", c.Role, c.link(secret))
	return nil
}

// Run lists all accounts, a line each.
func (userListCommand) Run(ctx context.Context, a *app) error {
	s, db, err := a.withoutKey(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	table := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	lines := []string{"NAME\tROLE\tGROUP\tSTATE\tLAST SEEN"}
	for cursor := ""; ; {
		page, err := s.Members(ctx, services.Operator(), cursor)
		if err != nil {
			return err
		}
		for _, one := range page.Members {
			lines = append(lines, memberLine(one))
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	if _, err := table.Write([]byte(strings.Join(lines, "\n") + "\n")); err != nil {
		return err
	}
	return table.Flush()
}

func memberLine(m services.MemberView) string {
	state, seen, group := "active", "-", "-"
	if m.SuspendedAt != nil {
		state = "suspended"
	}
	if m.SeenAt != nil {
		seen = m.SeenAt.Format("2006-01-02 15:04 UTC")
	}
	if m.Group != "" {
		group = m.Group
	}
	return strings.Join([]string{m.Name, string(m.Role), group, state, seen}, "\t")
}

// change changes the account of a name.
func (c userName) change(ctx context.Context, a *app, patch services.MemberPatch) error {
	s, db, err := a.withoutKey(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	account, err := s.Account(ctx, services.Operator(), c.Name)
	if err != nil {
		return err
	}
	m, err := s.ChangeMember(ctx, services.Operator(), account.ID, patch)
	if err != nil {
		return err
	}
	state := "can be used"
	if m.SuspendedAt != nil {
		state = "is suspended"
	}
	a.printf("Account %q (%s) %s.\n", m.Name, m.Role, state)
	return nil
}

// Run gives an account another role.
func (c userRoleCommand) Run(ctx context.Context, a *app) error {
	role := models.Role(c.Role)
	return c.change(ctx, a, services.MemberPatch{Role: &role})
}

// Run switches an account off.
func (c userSuspendCommand) Run(ctx context.Context, a *app) error {
	suspended := true
	return c.change(ctx, a, services.MemberPatch{Suspended: &suspended})
}

// Run lets an account be used again.
func (c userUnsuspendCommand) Run(ctx context.Context, a *app) error {
	suspended := false
	return c.change(ctx, a, services.MemberPatch{Suspended: &suspended})
}

// Run makes a link that sets a new password.
func (c userResetCommand) Run(ctx context.Context, a *app) error {
	s, db, err := a.withoutKey(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	account, err := s.Account(ctx, services.Operator(), c.Name)
	if err != nil {
		return err
	}
	secret, _, err := s.InviteReset(ctx, services.Operator(), account.ID, c.Everything)
	if err != nil {
		return err
	}
	if c.Everything {
		a.printf("Account %q was signed out, and has lost its password, app codes, passkeys, tokens and linked sign-ins.\n", account.Name)
	}
	a.printf("A link that sets a new password for %q, once, within a day:\n%s\n", account.Name, c.link(secret))
	return nil
}
