import { later } from "../parts/later.js";
import { UploadsPage } from "../uploads/uploads-page.js";

/** @import {Route} from "../types.js" */

/**
 * Every place of the page, in the order of the navigation.
 *
 * @type {Route[]}
 */
export const routes = [
  { path: "uploads", name: "Data management", view: UploadsPage },
  {
    path: "uploads/:id",
    view: later(async () => (await import("../uploads/upload-details.js")).UploadDetails),
  },
  {
    path: "upload",
    name: "Upload",
    view: later(async () => (await import("../upload/upload-page.js")).UploadPage),
    writes: true,
  },
  {
    path: "meters",
    name: "Meters",
    view: later(async () => (await import("../meters/meters-page.js")).MetersPage),
  },
  {
    path: "meters/new",
    view: later(async () => (await import("../meters/new-meter-page.js")).NewMeterPage),
    writes: true,
  },
  {
    path: "meters/:meter",
    view: later(async () => (await import("../meters/meter-page.js")).MeterPage),
  },
  {
    path: "meters/:meter/usage",
    view: later(async () => (await import("../meters/add-usage-page.js")).AddUsagePage),
    writes: true,
  },
  {
    path: "customers",
    name: "Customers",
    view: later(async () => (await import("../customers/customers-page.js")).CustomersPage),
  },
  {
    // Three parts: no customer's id makes a path that is this one.
    path: "customers/add/one",
    view: later(async () => (await import("../customers/new-customer-page.js")).NewCustomerPage),
    writes: true,
  },
  {
    path: "customers/:customer",
    view: later(async () => (await import("../customers/customer-page.js")).CustomerPage),
  },
];
