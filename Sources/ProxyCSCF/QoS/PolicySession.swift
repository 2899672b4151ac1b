import Cx
import Diameter
import Octets
import Rx
import SIP

/// A session of Rx, TS 29.214 §4.4: the media of one call of a phone, or the way of its signalling.
struct PolicySession: Sendable {
    enum Purpose: Hashable, Sendable {
        case call(MediaRelay.Call)
        case signalling(Hop)
    }

    /// What both sides have said last, RFC 3264.
    struct Exchange: Sendable {
        var phone: OctetSlice?
        var network: OctetSlice?
        var isOffererPhone = true
        /// Whether the offer that is open has come in a response, so that the next request answers it.
        var isOpenInResponse = false
        var isPhoneLast = true

        var isComplete: Bool { phone != nil && network != nil }

        /// - Returns: whether that is news: nothing has to be asked for a refresh, nor for the second of two same answers.
        mutating func hear(_ content: OctetSlice, byPhone: Bool, isAnswer: Bool, inResponse: Bool) -> Bool {
            let known = byPhone ? phone : network
            isOpenInResponse = !isAnswer && inResponse
            if !isAnswer { isOffererPhone = byPhone }
            guard known != content || !isComplete else { return false }
            if !isAnswer { (phone, network) = (nil, nil) }
            isPhoneLast = byPhone
            if byPhone { phone = content } else { network = content }
            return true
        }
    }

    let purpose: Purpose
    /// Session-Id.
    var id: String
    /// The phone's.
    let address: IPAddress
    let subscribers: [SubscriptionID]
    /// The ICID.
    let chargingID: OctetSlice?
    /// `sos` and its like: a call for help.
    let service: OctetSlice?
    /// Who has answered for it.
    var peer: DiameterIdentity?
    /// Whether the PCRF has been asked and has not refused: it may know of the session.
    var mayBeKnown = false
    /// Whether it has agreed.
    var isGranted = false
    var exchange = Exchange()
    /// The INVITE that begins the call, until it is answered.
    var invite: ServerTransactionID?
    /// From the 2xx on.
    var dialog: SessionTable.Key?
    /// The tags of the callees that have described their side.
    var answerers: [OctetSlice] = []
    /// Why the call is to end with its ACK.
    var end: String?
    /// The streams with media, as they were last asked for, and those that have lost their bearer.
    var streams: Set<UInt32> = []
    var lost: Set<UInt32> = []

    init(
        _ purpose: Purpose, id: String, address: IPAddress, subscribers: [SubscriptionID],
        chargingID: OctetSlice? = nil, service: OctetSlice? = nil
    ) {
        self.purpose = purpose
        self.id = id
        self.address = address
        self.subscribers = subscribers
        self.chargingID = chargingID
        self.service = service
    }

    /// What we want to hear of the bearers of media, TS 29.214 §5.3.13.
    private static let mediaEvents: [SpecificAction] = [
        .indicationOfLossOfBearer, .indicationOfRecoveryOfBearer, .indicationOfReleaseOfBearer,
        .indicationOfOutOfCredit, .indicationOfFailedResourcesAllocation,
    ]
    private static let signallingEvents: [SpecificAction] = [.indicationOfLossOfBearer, .indicationOfReleaseOfBearer]

    /// The AAR for what is known now, §4.4.1, §4.4.2 and §4.4.5. nil when there is nothing to ask.
    mutating func request(_ settings: PolicyControlSettings) -> AARequest? {
        var request = AARequest(session: id)
        let application = settings.application.isEmpty ? nil : OctetSlice(settings.application)
        request.afApplicationIdentifier = application
        switch purpose {
        case .call:
            guard
                let information = ServiceInformation(
                    phone: .init(exchange.phone, isOffer: exchange.isOffererPhone),
                    network: .init(exchange.network, isOffer: !exchange.isOffererPhone),
                    isPhoneLast: exchange.isPhoneLast, address: address, application: application),
                !information.components.isEmpty
            else { return nil }
            request.mediaComponents = information.components
            streams = Set(information.components.filter { $0.flowStatus != .removed }.map(\.number))
            lost.formIntersection(streams)
            request.serviceInfoStatus = exchange.isComplete ? .final : .preliminary
            if answerers.count > 1, dialog == nil { request.sipForkingIndication = .severalDialogues }
        case .signalling:
            // §4.4.5: the stream of number 0, with no media.
            request.mediaComponents = [
                MediaComponent(
                    number: 0,
                    subComponents: [
                        MediaSubComponent(flowNumber: 0, flowUsage: .afSignalling, signallingProtocol: .sip)
                    ])
            ]
        }
        request.requestType = isGranted ? .update : .initial
        if !isGranted {
            switch purpose {
            case .call: request.specificActions = Self.mediaEvents
            case .signalling: request.specificActions = Self.signallingEvents
            }
        }
        request.afChargingIdentifier = chargingID
        request.subscriptionIDs = subscribers
        switch address {
        case .v4: request.framedIPAddress = OctetSlice(address.octets)
        // RFC 3162 §2.3: nothing, the length in bits, the octets.
        case .v6: request.framedIPv6Prefix = OctetSlice([0, 128] + address.octets)
        }
        request.calledStationID = settings.accessPoint
        request.serviceURN = service
        return request
    }

    /// Takes note of bearers that are gone, §4.4.6.2: a stream that has lost one of its flows has lost all, as they share a
    /// bearer. - Returns: whether none is left for media.
    mutating func lose(_ flows: [Flows]) -> Bool {
        lost.formUnion(flows.isEmpty ? streams : Set(flows.map(\.mediaComponentNumber)))
        return lost.isSuperset(of: streams)
    }

    /// They are back.
    mutating func recover(_ flows: [Flows]) {
        lost.subtract(flows.isEmpty ? streams : Set(flows.map(\.mediaComponentNumber)))
    }
}
