# sieve.conf, beside this file, says what for.
require "vnd.dovecot.filter";

# A bounce comes back with a notice in it, all else as it was. To spare ordinary mail the process:
#   if address :matches "from" ["mailer-daemon@*", "postmaster@*"] { filter "plainbounce" "annotate"; }
filter "plainbounce" "annotate";
