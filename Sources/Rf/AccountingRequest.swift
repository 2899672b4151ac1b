import Cx
import Diameter
import Octets

/// ACR: a CSCF tells what it has carried, RFC 6733 §9.7.1 with the Service-Information of TS 32.299 §7.2 for the IMS.
///
///     ACR ::= < Diameter Header: 271, REQ, PXY >
///         <Session-Id> {Origin-Host} {Origin-Realm} {Destination-Realm} {Accounting-Record-Type}
///         {Accounting-Record-Number} [Acct-Application-Id] [User-Name] [Destination-Host] [Event-Timestamp]
///         [Service-Context-Id] [Service-Information]
package struct AccountingRequest: Equatable, Sendable {
    /// The same for all records of one session.
    package var session: String
    package var type: AccountingRecordType
    /// 0 for START and EVENT, then counted up.
    package var number: UInt32
    /// User-Name: the private identity.
    package var userName: String?
    package var timestamp: DiameterTime?
    package var information: IMSInformation

    package init(
        session: String, type: AccountingRecordType, number: UInt32, userName: String? = nil,
        timestamp: DiameterTime? = nil, information: IMSInformation
    ) {
        self.session = session
        self.type = type
        self.number = number
        self.userName = userName
        self.timestamp = timestamp
        self.information = information
    }
}

/// IMS-Information (876), TS 32.299 §7.2: of its AVPs those that a CSCF here knows something of.
package struct IMSInformation: Equatable, Sendable {
    /// Event-Type: SIP-Method, Event and Expires.
    package var method: String?
    package var event: String?
    package var expires: UInt32?
    package var role: RoleOfNode?
    package var node: NodeFunctionality
    /// User-Session-Id: the Call-ID.
    package var callID: String?
    package var callingParties: [String] = []
    package var calledParty: String?
    package var requestedParty: String?
    package var requestedAt: DiameterTime?
    package var answeredAt: DiameterTime?
    package var originatingOperator: String?
    package var terminatingOperator: String?
    /// The ICID of P-Charging-Vector.
    package var chargingIdentifier: String?
    /// One for each `m=` line, as it stands behind `m=`.
    package var media: [String] = []
    /// 0 for a normal end, 1 for another reason, else the negative of the SIP status; TS 32.299 §7.2 Cause-Code.
    package var cause: Int32?

    package init(node: NodeFunctionality) { self.node = node }
}

extension AccountingRequest {
    package init(decoding message: DiameterMessage) throws(DiameterDecodeFailure) {
        session = try message.requiredText(.sessionID)
        type = try message.required(.rfRecordType)
        number = try message.required(.rfRecordNumber)
        userName = try message.optional(.userName)
        timestamp = try message.optional(.eventTimestamp)
        information = try IMSInformation(try message.required(.serviceInformation).required(.imsInformation))
    }

    package func message(
        origin: DiameterOrigin, destinationRealm: DiameterIdentity, destinationHost: DiameterIdentity? = nil
    ) -> DiameterMessage {
        var message = DiameterMessage(.accounting, application: RfDictionary.application, reserving: 512)
        message.append(.sessionID, session)
        message.append(.originHost, origin.host)
        message.append(.originRealm, origin.realm)
        message.append(.destinationRealm, destinationRealm)
        message.append(.rfRecordType, type)
        message.append(.rfRecordNumber, number)
        message.append(.acctApplicationID, RfDictionary.application)
        message.append(.userName, userName)
        message.append(.destinationHost, destinationHost)
        message.append(.eventTimestamp, timestamp)
        message.append(.serviceContextID, RfDictionary.serviceContext)
        let service = message.begin(.serviceInformation)
        let ims = message.begin(.imsInformation)
        information.write(to: &message)
        message.end(ims)
        message.end(service)
        return message
    }
}

extension IMSInformation {
    fileprivate init(_ group: AVPGroup) throws(DiameterDecodeFailure) {
        node = try group.required(.nodeFunctionality)
        if let event = try group.optional(.eventType) {
            method = try event.optional(.sipMethod)
            self.event = try event.optional(.event)
            expires = try event.optional(.rfExpires)
        }
        role = try group.optional(.roleOfNode)
        callID = try group.optional(.userSessionID)
        callingParties = try group.list(.callingPartyAddress)
        calledParty = try group.optional(.calledPartyAddress)
        requestedParty = try group.optional(.requestedPartyAddress)
        if let stamps = try group.optional(.timeStamps) {
            requestedAt = try stamps.optional(.sipRequestTimestamp)
            answeredAt = try stamps.optional(.sipResponseTimestamp)
        }
        if let operators = try group.optional(.interOperatorIdentifier) {
            originatingOperator = try operators.optional(.originatingIOI)
            terminatingOperator = try operators.optional(.terminatingIOI)
        }
        chargingIdentifier = try group.optional(.imsChargingIdentifier)
        for component in try group.list(.sdpMediaComponent) {
            if let name = try component.optional(.sdpMediaName) { media.append(name) }
        }
        cause = try group.optional(.causeCode)
    }

    fileprivate func write(to message: inout DiameterMessage) {
        if method != nil || event != nil || expires != nil {
            let mark = message.begin(.eventType)
            message.append(.sipMethod, method)
            message.append(.event, event)
            message.append(.rfExpires, expires)
            message.end(mark)
        }
        message.append(.roleOfNode, role)
        message.append(.nodeFunctionality, node)
        message.append(.userSessionID, callID)
        message.append(.callingPartyAddress, all: callingParties)
        message.append(.calledPartyAddress, calledParty)
        message.append(.requestedPartyAddress, requestedParty)
        if requestedAt != nil || answeredAt != nil {
            let mark = message.begin(.timeStamps)
            message.append(.sipRequestTimestamp, requestedAt)
            message.append(.sipResponseTimestamp, answeredAt)
            message.end(mark)
        }
        if originatingOperator != nil || terminatingOperator != nil {
            let mark = message.begin(.interOperatorIdentifier)
            message.append(.originatingIOI, originatingOperator)
            message.append(.terminatingIOI, terminatingOperator)
            message.end(mark)
        }
        message.append(.imsChargingIdentifier, chargingIdentifier)
        for name in media {
            let mark = message.begin(.sdpMediaComponent)
            message.append(.sdpMediaName, name)
            message.end(mark)
        }
        message.append(.causeCode, cause)
    }
}

/// ACA, RFC 6733 §9.7.2: the record is kept, or why not.
package struct AccountingAnswer: Equatable, Sendable {
    package var result: CxResult

    package init(decoding message: DiameterMessage) throws(DiameterDecodeFailure) { result = try message.cxResult() }

    package init(_ result: CxResult) { self.result = result }

    package func message(answering request: DiameterMessage, origin: DiameterOrigin) -> DiameterMessage {
        var answer = request.bareAnswer()
        if case .base(let code) = result {
            answer.append(.resultCode, code)
            answer.isError = code.isProtocolError
        }
        answer.append(.originHost, origin.host)
        answer.append(.originRealm, origin.realm)
        for avp in request.avps where [480, 485, 259].contains(avp.name.code) && avp.name.vendor == 0 {
            answer.append(avp)
        }
        answer.appendProxyInfo(from: request)
        return answer
    }
}
