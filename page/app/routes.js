import { NewPeriodPage } from "../billing/new-period-page.js";
import { PeriodPage } from "../billing/period-page.js";
import { PeriodsPage } from "../billing/periods-page.js";
import { ReconciliationPage } from "../billing/reconciliation-page.js";
import { ReportPage } from "../billing/report-page.js";
import { StatementPage } from "../billing/statement-page.js";
import { CustomerPage } from "../customers/customer-page.js";
import { CustomersPage } from "../customers/customers-page.js";
import { NewCustomerPage } from "../customers/new-customer-page.js";
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
  { path: "uploads", name: "Data management", view: UploadsPage },
  { path: "uploads/:id", view: UploadDetails },
  { path: "upload", name: "Upload", view: UploadPage, writes: true },
  { path: "meters", name: "Meters", view: MetersPage },
  { path: "meters/new", view: NewMeterPage, writes: true },
  { path: "meters/:meter", view: MeterPage },
  { path: "meters/:meter/usage", view: AddUsagePage, writes: true },
  { path: "customers", name: "Customers", view: CustomersPage },
  // Three parts, so that no customer ID can produce the same path.
  { path: "customers/add/one", view: NewCustomerPage, writes: true },
  { path: "customers/:customer", view: CustomerPage },
  { path: "billing", name: "Billing", view: PeriodsPage },
  { path: "billing/report", view: ReportPage },
  { path: "billing/new", view: NewPeriodPage, writes: true },
  { path: "billing/periods/:period", view: PeriodPage },
  { path: "billing/periods/:period/statements/:number", view: StatementPage },
  { path: "billing/periods/:period/reconciliation", view: ReconciliationPage },
];
