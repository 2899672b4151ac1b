import Cx
import Diameter
import Octets

/// Media-Component-Description (517), TS 29.214 §5.3.16: one `m=` line and what it needs.
///
///     Media-Component-Description ::= {Media-Component-Number} *[Media-Sub-Component] [AF-Application-Identifier]
///         [Media-Type] [Max-Requested-Bandwidth-UL] [Max-Requested-Bandwidth-DL] [Min-Requested-Bandwidth-UL]
///         [Min-Requested-Bandwidth-DL] [Flow-Status] [RS-Bandwidth] [RR-Bandwidth] *[Codec-Data]
package struct MediaComponent: Hashable, Sendable {
    /// Position of the `m=` line, from 1; 0 stands for the AF's own signalling.
    package var number: UInt32
    package var subComponents: [MediaSubComponent]
    package var afApplicationIdentifier: OctetSlice?
    package var mediaType: MediaType?
    /// Bits a second, as all bandwidths here.
    package var maxBandwidthUL: UInt32?
    package var maxBandwidthDL: UInt32?
    package var minBandwidthUL: UInt32?
    package var minBandwidthDL: UInt32?
    package var flowStatus: FlowStatus?
    package var rsBandwidth: UInt32?
    package var rrBandwidth: UInt32?
    /// Each: `uplink` or `downlink`, LF, `offer`, `answer` or `description`, LF, the SDP lines; TS 29.214 §5.3.7.
    package var codecData: [OctetSlice]

    package init(
        number: UInt32, subComponents: [MediaSubComponent] = [], afApplicationIdentifier: OctetSlice? = nil,
        mediaType: MediaType? = nil, maxBandwidthUL: UInt32? = nil, maxBandwidthDL: UInt32? = nil,
        minBandwidthUL: UInt32? = nil, minBandwidthDL: UInt32? = nil, flowStatus: FlowStatus? = nil,
        rsBandwidth: UInt32? = nil, rrBandwidth: UInt32? = nil, codecData: [OctetSlice] = []
    ) {
        self.number = number
        self.subComponents = subComponents
        self.afApplicationIdentifier = afApplicationIdentifier
        self.mediaType = mediaType
        self.maxBandwidthUL = maxBandwidthUL
        self.maxBandwidthDL = maxBandwidthDL
        self.minBandwidthUL = minBandwidthUL
        self.minBandwidthDL = minBandwidthDL
        self.flowStatus = flowStatus
        self.rsBandwidth = rsBandwidth
        self.rrBandwidth = rrBandwidth
        self.codecData = codecData
    }
}

extension MediaComponent: GroupedAVP {
    package init(_ group: AVPGroup) throws(CxDecodeFailure) {
        number = try group.required(.mediaComponentNumber)
        subComponents = try group.list(.mediaSubComponent)
        afApplicationIdentifier = try group.optional(.afApplicationIdentifier)
        mediaType = try group.optional(.mediaType)
        maxBandwidthUL = try group.optional(.maxRequestedBandwidthUL)
        maxBandwidthDL = try group.optional(.maxRequestedBandwidthDL)
        minBandwidthUL = try group.optional(.minRequestedBandwidthUL)
        minBandwidthDL = try group.optional(.minRequestedBandwidthDL)
        flowStatus = try group.optional(.flowStatus)
        rsBandwidth = try group.optional(.rsBandwidth)
        rrBandwidth = try group.optional(.rrBandwidth)
        codecData = try group.list(.codecData)
    }

    package func write(to writer: inout AVPWriter) {
        writer.append(.mediaComponentNumber, number)
        writer.append(.mediaSubComponent, all: subComponents)
        writer.append(.afApplicationIdentifier, afApplicationIdentifier)
        writer.append(.mediaType, mediaType)
        writer.append(.maxRequestedBandwidthUL, maxBandwidthUL)
        writer.append(.maxRequestedBandwidthDL, maxBandwidthDL)
        writer.append(.minRequestedBandwidthUL, minBandwidthUL)
        writer.append(.minRequestedBandwidthDL, minBandwidthDL)
        writer.append(.flowStatus, flowStatus)
        writer.append(.rsBandwidth, rsBandwidth)
        writer.append(.rrBandwidth, rrBandwidth)
        writer.append(.codecData, all: codecData)
    }
}

/// Media-Sub-Component (519), TS 29.214 §5.3.17: the flows of one `m=` line, RTP and RTCP apart.
///
///     Media-Sub-Component ::= {Flow-Number} 0*2[Flow-Description] [Flow-Status] [Flow-Usage]
///         [Max-Requested-Bandwidth-UL] [Max-Requested-Bandwidth-DL] [AF-Signalling-Protocol]
package struct MediaSubComponent: Hashable, Sendable {
    package var flowNumber: UInt32
    /// IPFilterRules (RFC 6733 §4.3.1): `permit in …`, `permit out …`; at most one each way.
    package var flowDescriptions: [String]
    package var flowStatus: FlowStatus?
    package var flowUsage: FlowUsage?
    package var maxBandwidthUL: UInt32?
    package var maxBandwidthDL: UInt32?
    package var signallingProtocol: AFSignallingProtocol?

    package init(
        flowNumber: UInt32, flowDescriptions: [String] = [], flowStatus: FlowStatus? = nil,
        flowUsage: FlowUsage? = nil, maxBandwidthUL: UInt32? = nil, maxBandwidthDL: UInt32? = nil,
        signallingProtocol: AFSignallingProtocol? = nil
    ) {
        self.flowNumber = flowNumber
        self.flowDescriptions = flowDescriptions
        self.flowStatus = flowStatus
        self.flowUsage = flowUsage
        self.maxBandwidthUL = maxBandwidthUL
        self.maxBandwidthDL = maxBandwidthDL
        self.signallingProtocol = signallingProtocol
    }
}

extension MediaSubComponent: GroupedAVP {
    package init(_ group: AVPGroup) throws(CxDecodeFailure) {
        flowNumber = try group.required(.flowNumber)
        flowDescriptions = try group.textList(.flowDescription)
        flowStatus = try group.optional(.flowStatus)
        flowUsage = try group.optional(.flowUsage)
        maxBandwidthUL = try group.optional(.maxRequestedBandwidthUL)
        maxBandwidthDL = try group.optional(.maxRequestedBandwidthDL)
        signallingProtocol = try group.optional(.afSignallingProtocol)
    }

    package func write(to writer: inout AVPWriter) {
        writer.append(.flowNumber, flowNumber)
        writer.append(.flowDescription, all: flowDescriptions)
        writer.append(.flowStatus, flowStatus)
        writer.append(.flowUsage, flowUsage)
        writer.append(.maxRequestedBandwidthUL, maxBandwidthUL)
        writer.append(.maxRequestedBandwidthDL, maxBandwidthDL)
        writer.append(.afSignallingProtocol, signallingProtocol)
    }
}

/// Flows (510), TS 29.214 §5.3.10: which flows of a media component are meant; none: all of them.
///
///     Flows ::= {Media-Component-Number} *[Flow-Number]
package struct Flows: Hashable, Sendable {
    package var mediaComponentNumber: UInt32
    package var flowNumbers: [UInt32]

    package init(mediaComponentNumber: UInt32, flowNumbers: [UInt32] = []) {
        self.mediaComponentNumber = mediaComponentNumber
        self.flowNumbers = flowNumbers
    }
}

extension Flows: GroupedAVP {
    package init(_ group: AVPGroup) throws(CxDecodeFailure) {
        mediaComponentNumber = try group.required(.mediaComponentNumber)
        flowNumbers = try group.list(.flowNumber)
    }

    package func write(to writer: inout AVPWriter) {
        writer.append(.mediaComponentNumber, mediaComponentNumber)
        writer.append(.flowNumber, all: flowNumbers)
    }
}

/// Subscription-Id (443), RFC 8506 §8.46.
///
///     Subscription-Id ::= {Subscription-Id-Type} {Subscription-Id-Data}
package struct SubscriptionID: Hashable, Sendable {
    package var type: SubscriptionIDType
    package var data: String

    package init(_ type: SubscriptionIDType, _ data: String) {
        self.type = type
        self.data = data
    }
}

extension SubscriptionID: GroupedAVP {
    package init(_ group: AVPGroup) throws(CxDecodeFailure) {
        type = try group.required(.subscriptionIDType)
        data = try group.required(.subscriptionIDData)
    }

    package func write(to writer: inout AVPWriter) {
        writer.append(.subscriptionIDType, type)
        writer.append(.subscriptionIDData, data)
    }
}
