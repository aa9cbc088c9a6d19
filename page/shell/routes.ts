import { NewPeriodPage } from "../billing/new-period-page";
import { PeriodPage } from "../billing/period-page";
import { PeriodsPage } from "../billing/periods-page";
import { ReconciliationPage } from "../billing/reconciliation-page";
import { ReportPage } from "../billing/report-page";
import { StatementPage } from "../billing/statement-page";
import { CustomerPage } from "../customers/detail-page";
import { CustomersPage } from "../customers/list-page";
import { NewCustomerPage } from "../customers/new-page";
import { KeysPage } from "../keys/list-page";
import { lazy } from "../lib/lazy";
import { AddUsagePage } from "../meters/add-usage-page";
import { MeterPage } from "../meters/detail-page";
import { MetersPage } from "../meters/list-page";
import { NewMeterPage } from "../meters/new-page";
import type { Route } from "../types";
import { UploadPage } from "../uploader/page";
import { UploadDetails } from "../uploads/detail-page";
import { UploadsPage } from "../uploads/list/list-page";
import { OpenUploadsPage } from "../uploads/list/open-page";

const CorrectPage = lazy(() => import("../correct/page").then((page) => page.CorrectPage));

/** Every view, in the order of the navigation. */
export const routes: Route[] = [
  {
    path: "uploads",
    needs: "uploads:read",
    changes: "files:write",
    name: "Data management",
    view: UploadsPage,
  },
  { path: "uploads/open", needs: "uploads:read", changes: "uploads:write", view: OpenUploadsPage },
  { path: "uploads/:id", needs: "uploads:read", changes: "uploads:write", view: UploadDetails },
  { path: "uploads/:id/correct", needs: "files:write", view: CorrectPage },
  { path: "upload", needs: "files:write", name: "Upload", view: UploadPage },
  {
    path: "meters",
    needs: "meters:read",
    changes: "meters:write",
    name: "Meters",
    view: MetersPage,
  },
  { path: "meters/new", needs: "meters:write", view: NewMeterPage },
  { path: "meters/:meter", needs: "meters:read", changes: "meters:write", view: MeterPage },
  { path: "meters/:meter/usage", needs: "meter_events:write", view: AddUsagePage },
  {
    path: "customers",
    needs: "customers:read",
    changes: "customers:write",
    name: "Customers",
    view: CustomersPage,
  },
  // Three parts, so that no customer ID can produce the same path.
  { path: "customers/add/one", needs: "customers:write", view: NewCustomerPage },
  {
    path: "customers/:customer",
    needs: "customers:read",
    changes: "customers:write",
    view: CustomerPage,
  },
  {
    path: "billing",
    needs: "periods:read",
    changes: "periods:write",
    name: "Billing",
    view: PeriodsPage,
  },
  { path: "billing/report", needs: "usage:read", view: ReportPage },
  { path: "billing/new", needs: "periods:write", view: NewPeriodPage },
  {
    path: "billing/periods/:period",
    needs: "periods:read",
    changes: "periods:write",
    view: PeriodPage,
  },
  {
    path: "billing/periods/:period/statements/:number",
    needs: "periods:read",
    view: StatementPage,
  },
  {
    path: "billing/periods/:period/reconciliation",
    needs: "periods:read",
    view: ReconciliationPage,
  },
  { path: "keys", needs: "admin", name: "API keys", view: KeysPage },
];
