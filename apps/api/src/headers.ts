import type { RequestHandler } from 'express';
import helmet from 'helmet';

/**
 * Has browsers take answers for nothing but what they are, show them within no other page and load
 * nothing for them; a page says itself what it needs (`pagePolicy`).
 *
 * Left out is what only browsers of the past knew, and Strict-Transport-Security: that is for who
 * has the certificate to say, for all that goes by its name.
 */
export const guardBrowsers: RequestHandler = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  },
  xFrameOptions: { action: 'deny' },
  strictTransportSecurity: false,
  originAgentCluster: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
});

/**
 * The Content-Security-Policy of a page whose scripts are files of this service, and which loads
 * nothing from and sends nothing to anywhere else: what somebody gets written into an order cannot
 * become a program.
 *
 * @param styles - where its styles come from
 * @param images - the same for images
 */
export function pagePolicy(styles: string, images = "'self'"): string {
  return [
    "default-src 'none'",
    ...["script-src 'self'", `style-src ${styles}`, `img-src ${images}`, "connect-src 'self'"],
    ...["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
  ].join('; ');
}
