package services

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"plumbline/models"
)

// Bounds of tokens that people make for themselves.
const (
	longestToken = 365 // days
	mostTokens   = 50
)

// scopeRoles says which role a scope is of use to; nobody makes a token that says more than they
// may do.
var scopeRoles = map[models.Scope]models.Role{models.ScopeRead: models.RoleReader, models.ScopePropose: models.RoleContributor,
	models.ScopePublish: models.RoleEditor, models.ScopeAdmin: models.RoleSteward}

// ScopesFor lists the scopes that an account of a role may give its tokens.
func ScopesFor(role models.Role) []models.Scope {
	var scopes []models.Scope
	for _, code := range models.Scopes().Values() {
		if scope := models.Scope(code); levelIn(string(role), models.Roles()) >= levelIn(string(scopeRoles[scope]), models.Roles()) {
			scopes = append(scopes, scope)
		}
	}
	return scopes
}

// MakeToken makes a token for the actor's own account, and gives its secret, which is not kept
// and cannot be shown again.
func (s *Services) MakeToken(ctx context.Context, by models.Actor, label string, scope models.Scope, days int) (string, error) {
	if err := require(by, ActionCredentials); err != nil {
		return "", err
	}
	clean, problem := models.CleanText(label)
	var problems []models.Problem
	if problem != "" || clean == "" || len(clean) > 100 || strings.ContainsAny(clean, "\n\t") {
		problems = append(problems, models.Problem{Pointer: "/label", Message: "Say in 1 to 100 letters on one line what the token is for."})
	}
	if role, known := scopeRoles[scope]; !known || levelIn(string(by.Role), models.Roles()) < levelIn(string(role), models.Roles()) {
		problems = append(problems, models.Problem{Pointer: "/scope", Message: "Choose one of the scopes of the list; a token may do no more than its account."})
	}
	if days < 1 || days > longestToken {
		problems = append(problems, models.Problem{Pointer: "/days", Message: fmt.Sprintf("Say for how many days it is valid: 1 to %d.", longestToken)})
	}
	if len(problems) > 0 {
		return "", &models.Error{Kind: models.ErrInvalid, Message: problems[0].Message, Problems: problems}
	}

	tokens, err := s.Tokens(ctx, by)
	if err != nil {
		return "", err
	}
	if len(tokens) >= mostTokens {
		return "", models.Errorf(models.ErrConflict, "You have %d tokens that are valid. Revoke one that is no longer used.", len(tokens))
	}
	return s.createToken(s.db.Write(ctx), by.Account, NewToken{Label: clean, Scope: scope, Lifetime: time.Duration(days) * 24 * time.Hour})
}

// Tokens lists the actor's own tokens that are valid, newest first.
func (s *Services) Tokens(ctx context.Context, by models.Actor) ([]models.Token, error) {
	if err := require(by, ActionSelf); err != nil {
		return nil, err
	}
	var tokens []models.Token
	err := s.db.Primary(ctx).Where("account_id = ? AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)", by.Account, s.now()).
		Order("created_at DESC, id DESC").Limit(10 * mostTokens).Find(&tokens).Error
	return tokens, wrap(err, "list tokens")
}

// RevokeToken ends one of the actor's own tokens, at once: ErrNotFound when there is none.
func (s *Services) RevokeToken(ctx context.Context, by models.Actor, id uuid.UUID) error {
	if err := require(by, ActionSelf); err != nil {
		return err
	}
	revoked := s.db.Write(ctx).Model(&models.Token{}).Where("id = ? AND account_id = ? AND revoked_at IS NULL", id, by.Account).Update("revoked_at", s.now())
	if revoked.Error == nil && revoked.RowsAffected == 0 {
		return models.Errorf(models.ErrNotFound, "You have no such token (any more).")
	}
	return wrap(revoked.Error, "revoke a token")
}
