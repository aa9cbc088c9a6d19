import { NewPeriodPage } from "../billing/new-period-page.js";
import { PeriodPage } from "../billing/period-page.js";
import { PeriodsPage } from "../billing/periods-page.js";
import { ReconciliationPage } from "../billing/reconciliation-page.js";
import { ReportPage } from "../billing/report-page.js";
import { StatementPage } from "../billing/statement-page.js";
import { CustomerPage } from "../customers/customer-page.js";
import { CustomersPage } from "../customers/customers-page.js";
import { NewCustomerPage } from "../customers/new-customer-page.js";
import { KeysPage } from "../keys/keys-page.js";
import { AddUsagePage } from "../meters/add-usage-page.js";
import { MeterPage } from "../meters/meter-page.js";
import { MetersPage } from "../meters/meters-page.js";
import { NewMeterPage } from "../meters/new-meter-page.js";
import { UploadPage } from "../upload/upload-page.js";
import { UploadDetails } from "../uploads/upload-details.js";
import { UploadsPage } from "../uploads/uploads-page.js";

/** @import {Route} from "../types.js" */

/**
 * Every view, in the order of the navigation.
 *
 * @type {Route[]}
 */
export const routes = [
  {
    path: "uploads",
    needs: "uploads:read",
    changes: "files:write",
    name: "Data management",
    view: UploadsPage,
  },
  { path: "uploads/:id", needs: "uploads:read", changes: "uploads:write", view: UploadDetails },
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
