"""The files that the flows are about: small, with everything in them that calls are made for."""

HEADER = "timestamp,event_name,payload_stripe_customer_id,payload_value,identifier\n"
EARLIER = (HEADER + "2024-09-25,ai_search_api,cus_QMJJtcu70R1x46,1,taken\n").encode()
_MANY = "".join(f"2024-09-25,ai_search_api,cus_QMJJtcu70R1x46,{value},\n" for value in range(1, 25))
_ROWS = (
    "2024-09-25,ai_search_api,cus_GAXJtSu6021a6s,400,a\n"
    "2024-09-25,cpu_usage,cus_GAXJtSu6021a6s,1.50,b\n"
    "2024-09-25,ai_search_api,cus_GAXJtSu6021a6s,400.0,a\n"
    "2024-09-25,ai_search_api,cus_GAXJtSu6021a6s,401,a\n"
    "2024-09-25,ai_search_api,cus_QMJJtcu70R1x46,1,taken\n"
    "2024-09-25,ai_search_api,cus_QMJJtcu70R1x46,2,taken\n"
    "2024-09-25,ai_search_api,cus_nobody,2,\n"
    "2024-09-26,cpu_usage,cus_Qz0fwcfSysB9Z3,-1,\n"
)
USAGE = (HEADER + _MANY + _ROWS).encode()
"""More rows than one INSERT takes: good ones, duplicates and conflicts in the file and with `EARLIER`, a bad one."""
USAGE_TOTALS = {"expect-rows": "32", "expect-sums": '{"ai_search_api": "1506", "cpu_usage": "0.5"}'}
"""The control totals that `USAGE` declares."""
UPDATED = (HEADER + _MANY + _ROWS.replace("cus_nobody", "cus_Qz0fwcfSysB9Z3") + "2024-09-27,logins,@acme,,\n").encode()
"""The same, corrected, and one row longer."""
SHARED = (HEADER + "".join(f"2024-09-25,ai_search_api,@acme,{row},shared-{row}\n" for row in range(4))).encode()
REFUSED = (
    b"timestamp,event_name,payload_stripe_customer_id,payload_value,indentifier\n2024-09-25,ai_search_api,@acme,1,a\n"
)
CUSTOMERS = (
    b"id,name,email\n"
    b"cus_QMJJtcu70R1x46,Ada Analytics,billing@ada.example\n"
    b"cus_new,New,new@new.example\n"
    b"cus_new,Newer,new@new.example\n"
    b"cus_new,Newer,new@new.example\n"
    b",Nobody,\n"
)
