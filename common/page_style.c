/* SPDX-License-Identifier: MIT */
#include "page_parts.h"

/*
 * In the page itself, so that an error page needs no second request, and named by its digest in the policy, so that no other style
 * applies (tests/unit/test_page.c says what the digest must be). Colours meet WCAG 2.2 AA in both schemes; forced colours see the
 * borders.
 */
const char page_style[] =
	":root{color-scheme:light dark;--ground:#f3f5f8;--sheet:#fff;--ink:#1b2330;--soft:#4d586a;--line:#d5dbe4;"
	"--accent:#1d5bab;--on-accent:#fff;--edge:#6b778a;--note:#fff5dc;--note-edge:#b3781b}\n"
	"@media (prefers-color-scheme:dark){:root{--ground:#11151b;--sheet:#1a2029;--ink:#e7ebf1;--soft:#adb7c6;"
	"--line:#343d4b;--accent:#8dbaf6;--on-accent:#0c1521;--edge:#8592a6;--note:#2c2513;--note-edge:#d9a441}}\n"
	"*{box-sizing:border-box}\n"
	"body{margin:0;padding:1.5rem 1rem 3rem;background:var(--ground);color:var(--ink);"
	"font:1rem/1.55 system-ui,-apple-system,\"Segoe UI\",Roboto,\"Noto Sans\",sans-serif;overflow-wrap:anywhere}\n"
	"header,main,footer{max-width:36rem;margin:0 auto}\n"
	"header,footer{padding:0 .25rem;color:var(--soft);font-size:.9rem}\n"
	"header p,footer p{margin:.5rem 0}\n"
	"main{background:var(--sheet);border:1px solid var(--line);border-radius:.9rem;padding:1.75rem}\n"
	"h1{margin:0 0 1rem;font-size:1.5rem;line-height:1.3;font-weight:650;text-wrap:balance}\n"
	"h1 bdi{color:var(--accent)}\n"
	"h2{margin:1.75rem 0 .5rem;font-size:1.05rem;line-height:1.4}\n"
	"p{margin:.75rem 0}\n"
	"bdi{overflow:hidden}\n"
	"code,.uri{font-family:ui-monospace,\"SF Mono\",Menlo,Consolas,\"DejaVu Sans Mono\",monospace;font-size:.85em}\n"
	".uri,.soft{color:var(--soft)}\n"
	".uri{display:block}\n"
	"dl{margin:1.25rem 0;border-top:1px solid var(--line)}\n"
	"dl div{padding:.6rem 0;border-bottom:1px solid var(--line);overflow:hidden}\n"
	"dt{color:var(--soft);font-size:.875rem}\n"
	"dd{margin:0}\n"
	"main>dl:last-child{margin-bottom:0}\n"
	"ul{margin:.5rem 0;padding-left:1.25rem}\n"
	"li{margin:.35rem 0}\n"
	".note{margin:1.25rem 0;padding:.25rem 1rem;background:var(--note);border:1px solid var(--note-edge);"
	"border-left-width:.35rem;border-radius:.5rem}\n"
	".note h2{margin-top:.75rem}\n"
	".grants{list-style:none;padding:0}\n"
	".grants>li{margin:1.25rem 0 0;padding:1.25rem 0 0;border-top:1px solid var(--line)}\n"
	".grants h2{margin-top:0}\n"
	".choice{display:flex;flex-wrap:wrap;gap:.75rem;margin-top:1.75rem}\n"
	"button,.button{flex:1 1 9rem;min-height:2.9rem;padding:.6rem 1.25rem;font:inherit;font-weight:600;cursor:pointer;"
	"color:var(--ink);background:transparent;border:1px solid "
	"var(--edge);border-radius:.6rem;text-align:center;position:relative}\n"
	".button{display:inline-block;text-decoration:none}\n"
	".first{color:var(--on-accent);background:var(--accent);border-color:var(--accent)}\n"
	"button:hover,.button:hover{filter:brightness(1.08)}\n"
	"a{color:var(--accent)}\n"
	"a.first{color:var(--on-accent)}\n"
	":focus-visible{outline:3px solid var(--accent);outline-offset:3px}\n"
	".unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}\n"
	"@media (min-width:36rem){dl div{display:grid;grid-template-columns:10rem 1fr;gap:1rem;align-items:baseline}"
	".grants .choice{display:block;margin-top:1rem}.grants button{min-height:2.75rem}}\n"
	"@media (max-width:30rem){body{padding:.75rem .5rem 2rem}main{padding:1.25rem}h1{font-size:1.3rem}}\n";

const char page_style_source[] = "'sha256-ZI+ESKlxtPbOw75V3VLfse0LyoH/S3Dk4VLN/uVwIkg='";
