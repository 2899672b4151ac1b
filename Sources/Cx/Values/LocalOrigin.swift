import Diameter

/// Who sends: Origin-Host and Origin-Realm.
package typealias LocalOrigin = DiameterOrigin

extension DiameterOrigin {
    package init(host: String, realm: String) {
        self.init(host: DiameterIdentity(host), realm: DiameterIdentity(realm))
    }
}
