-- a copy that renews a token breaks the original's connection
DELETE FROM exact_connection_token;
UPDATE exact_connection SET state = 'draft', state_reason = NULL, fingerprint = NULL;
DELETE FROM exact_webhook_subscription;
UPDATE exact_division SET has_webhooks = false;
