import { qdrantContract } from '../qdrant/contract.ts';
import { startQdrant } from '../services/qdrant.ts';

qdrantContract('qdrant', await startQdrant());
