import Cx
import Diameter
import Foundation
import HomeSubscriberServer

/// Restoration information in the database: a SAR that carries nothing else, so that its form is that of TS 29.229.
extension ServingCSCFRestoration {
    var stored: Data {
        var message = DiameterMessage(.serverAssignment, application: CxDictionary.application)
        message.append(.scscfRestorationInfo, self)
        return Data(message.octets)
    }

    init(stored: Data) throws {
        do {
            self = try DiameterMessage(decoding: [UInt8](stored)).required(.scscfRestorationInfo)
        } catch {
            throw DirectoryFailure.damaged("the restoration information of a registration cannot be read: \(error)")
        }
    }
}
